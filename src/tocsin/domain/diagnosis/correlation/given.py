"""What files of settings are called, and which settings mean less, or more, than their amounts say."""

from __future__ import annotations

import re2

CONFIG = re2.compile(
    r"(?i)\.(?:ya?ml|toml|ini|properties|env|conf|cfg|tf|tfvars|hcl|cue|jsonnet)$|(?:^|/)(?:config|configs|conf|settings|values|helm|charts|"
    r"terraform|k8s|manifests|flags)/.*\.json$|^[^.]*\.json$|(?:^|/)\.env|configmap|nginx\.conf|\.(?:cnf|vcl|rego|bicep|libsonnet|service|timer|socket|tfvars\.json|tpl|j2|xml\.j2|nomad|kdl)$|crontab|sysctl"
)
# Settings that only say how something is called or what is written down about it.
TOLD = re2.compile(
    r"(?i)^\s*(?:-\s*)?[\"']?(?:[\w.-]*(?:access_?log|log_?format|slow_?(?:query|log)\w*|slowlog[\w-]*|log_?min_?duration\w*|pool_?name|client_?name|client\.id|connection_?name|"
    r"application_?name|display_?name|description|comment|owner|team|title|contact|cost_?center))[\"']?\s*[:=]|^\s*(?:access_?)?(?:log_?)?format[\"']?\s*[:=].*%"
)
# Numbers that name something: the next one is not a little more.
IDENTITY = re2.compile(
    r"(?i)port\b|\bmtu\b|\b(?:u|g)?id\b|version|revision|\btag\b|\bdb\b|cron|schedule|\bhour|partition\b|\bcode\b|:\d{2,5}\b|/\d+\b|\d+\.\d+\.\d+|\bkey\b|\bslot\b|weight"
)
