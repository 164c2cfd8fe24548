"""Alerts: what is known of one, and when a monitor's samples make one."""
