"""Which addresses may be called for somebody outside."""

from __future__ import annotations

import pytest

from tocsin.net.addresses import refusal


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("93.184.215.14", ""),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", ""),
        ("127.8.9.1", "loopback"),
        ("::1", "loopback"),
        ("0.0.0.0", "unspecified"),  # noqa: S104 (an address to refuse, not to bind)
        ("::", "unspecified"),
        ("169.254.169.254", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("168.63.129.16", "a cloud's metadata address"),
        ("fd00:ec2::254", "private or reserved"),
        ("100.100.100.200", "private or reserved"),
        ("10.1.2.3", "private or reserved"),
        ("172.31.0.1", "private or reserved"),
        ("192.168.0.1", "private or reserved"),
        ("198.18.0.1", "private or reserved"),
        ("240.0.0.1", "private or reserved"),
        ("255.255.255.255", "private or reserved"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("::ffff:10.0.0.1", "private or reserved"),
        ("::ffff:127.0.0.1", "private or reserved"),
        ("64:ff9b::a9fe:a9fe", "private or reserved"),
        ("2002:7f00:1::", "loopback"),
        ("2001:0:a9fe:a9fe::", "private or reserved"),
        ("not-an-address", "not an address"),
    ],
)
def test_addresses_behind_our_door_are_refused_with_the_reason(address: str, reason: str) -> None:
    assert refusal(address) == reason
