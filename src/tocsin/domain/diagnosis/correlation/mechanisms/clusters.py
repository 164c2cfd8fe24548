"""What carries services: schedulers, autoscalers, nodes, registries, rollouts, jobs, and what keeps a cluster in line."""

from __future__ import annotations

from typing import Final

from tocsin.domain.diagnosis.correlation.mechanisms.mechanism import Mechanism, about, clue, falls, rises, sign

CLUSTERS: Final[tuple[Mechanism, ...]] = (
    Mechanism(
        key="autoscaling",
        estate=True,
        title="the autoscaler cannot see what it scales by, or may not scale far enough",
        topic=about(r"autoscal", r"\bhpa\b", r"keda", r"karpenter", r"replicas", r"metric_?name"),
        signs=(
            sign(0.95, r"failed_?get\w*metric", r"unable to (?:get|fetch|compute|retrieve) .{0,60}metrics?\b", r"no metrics returned", r"failedcomputemetrics", r"scalinglimited|toomanyreplicas|toofewreplicas", r"failed to (?:scale|launch|provision) (?:up|node|instance|capacity)", r"scaledobject|triggererror", r"desired replicas .{0,40}(?:capped|limited|exceeds|maximum)", r"max(?:imum)? (?:number of )?(?:replicas|nodes|size|instances) (?:is )?(?:reached|exceeded)|at max(?:imum)? replicas", r"incompatible with (?:nodepool|provisioner)", r"no instance type (?:satisfied|met|found)", r"scale[- ]?(?:down|in) (?:event|to|from)"),
            sign(0.5, r"horizontalpodautoscaler", r"autoscal", r"\bkeda\b", r"karpenter"),
        ),
        meters=(falls(0.6, r"replicas?(?:_|$)", r"instances?(?:_|$)", r"capacity", r"tasks?_running"), rises(0.4, r"hpa_", r"desired")),
        clues=(
            clue("turned", 0.95, r"metric_?name", r"metric:", r"scale_?target", r"trigger", r"target\w*(?:type|value|metric)", r"\bhpa\b", r"scaled_?object", r"desired_?metric"),
            clue("lower", 0.95, r"max_?replicas?", r"min_?replicas?", r"max_?size", r"min_?size", r"desired_?(?:count|capacity|size)", r"max_?(?:nodes|instances|capacity)", r"min_?(?:nodes|instances|capacity)", r"scale_?down", r"cool_?down", r"idle_?replica"),
            clue("higher", 0.85, r"target\w*(?:value|util\w*|average\w*)", r"average_?(?:utilization|value)", r"stabili[sz]ation", r"scale_?up", r"cool_?down", r"polling_?interval"),
            clue("removed", 0.85, r"horizontalpodautoscaler", r"\bhpa\b", r"autoscal", r"scaledobject", r"min_?replicas"),
        ),
    ),
    Mechanism(
        key="scheduling",
        estate=True,
        title="pods are not placed: no node takes them, or none may be moved",
        topic=about(r"taint|toleration|affinity|node_?selector|topology|priority_?class|quota|disruption|requests:"),
        signs=(
            sign(0.95, r"failedscheduling", r"preempted by|\bpreempt(?:ed|ing|ion)\b", r"\d+/\d+ nodes (?:are )?available", r"untolerated taint", r"didn'?t match (?:pod|node)", r"(?:node|pod) (?:anti-?)?affinity", r"topology ?spread", r"unschedulable", r"cannot evict pod|disruption ?budget", r"insufficient (?:cpu|memory|ephemeral|pods|nvidia)", r"exceeded quota", r"too many pods", r"volume node affinity"),
            sign(0.5, r"pods? (?:are |is )?pending", r"\bpreempt", r"\bevict"),
        ),
        meters=(rises(0.7, r"pending_?pods|pods?_?pending|unschedul", r"replicas_unavailable", r"pod\w*phase"), falls(0.6, r"ready", r"available", r"replicas")),
        clues=(
            clue("turned", 0.95, r"toleration|taint", r"affinity|required_?during|preferred_?during", r"node_?selector|node_?pool|node_?group|instance_?type|kubernetes\.io/", r"topology_?key|when_?unsatisfiable|do_?not_?schedule|max_?skew", r"priority_?class|preempt\w+|global_?default"),
            clue("added", 0.95, r"\btaints?\b|no_?schedule|no_?execute", r"required_?during|anti_?affinity", r"node_?selector", r"topology_?spread|do_?not_?schedule", r"resource_?quota|limit_?range", r"min_?available|pod_?disruption"),
            clue("removed", 0.95, r"toleration", r"operator: exists", r"node_?group|node_?pool"),
            clue("higher", 0.85, r"requests?\b", r"\bcpu:", r"\bmemory:", r"min_?available", r"ephemeral", r"max_?skew"),
            clue("lower", 0.9, r"quota|hard:|\bpods:", r"max_?pods", r"max_?unavailable", r"node_?count|num_?nodes|desired_?size|max_?size"),
        ),
    ),
    Mechanism(
        key="kernel_limits",
        title="a limit of the machine's kernel or of the process is reached",
        topic=about(r"sysctl|conntrack|somaxconn|backlog|ulimit|nofile|nproc|pids|inotify|port_range"),
        signs=(
            sign(0.97, r"conntrack", r"table full,? dropping", r"neighbou?r table overflow", r"syn flooding", r"tcp: out of memory", r"listen (?:queue|backlog) (?:overflow|full)|times the listen queue", r"no buffer space", r"inotify", r"cannot assign requested address", r"too many open files|\bemfile\b", r"fork: (?:retry|cannot)|resource temporarily unavailable|can'?t start new thread|pthread_create|unable to create (?:new )?native thread|pids? limit", r"ephemeral ports?"),
        ),
        meters=(rises(0.8, r"conntrack", r"listen_?(?:overflow|drop)", r"syn_?(?:drop|recv)", r"open_?f(?:iles|ds)|_fds?(?:_|$)", r"inotify", r"pids"),),
        clues=(
            clue("lower", 0.97, r"conntrack", r"somaxconn|backlog", r"gc_?thresh", r"[rw]mem|tcp_mem", r"file-?max|nofile|nr_open|ulimit|max_?files", r"inotify|max_?user_", r"pids?_?(?:limit|max)|nproc|tasks_?max"),
            clue("turned", 0.85, r"\bnet\.(?:core|ipv4|netfilter)", r"\bfs\.\w", r"ip_local_port_range", r"tcp_tw|fin_timeout|limit(?:nofile|nproc)|ulimit"),
            clue("removed", 0.85, r"conntrack|somaxconn|sysctl|nofile|ulimit|limit(?:nofile|nproc)|port_range|backlog"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="image_source",
        estate=True,
        title="an image is no longer where nodes fetch it",
        topic=about(r"image|registry|\becr\b|lifecycle|tag_?status|pull"),
        signs=(
            sign(0.97, r"image_?pull|errimage|failed to pull|back-?off pulling", r"manifest (?:unknown|for \S+ not found|not found)", r"pull access denied|no basic auth|pull rate limit", r"repository does not exist"),
        ),
        meters=(falls(0.5, r"ready|available|replicas"), rises(0.5, r"unavailable|pending|pull")),
        clues=(
            clue("turned", 0.95, r"count_?(?:type|unit|number)", r"tag_?status|tag_?prefix|untagged|image_?count|since_?image", r"\bimage|\btag\b|repository|registry|mirror|pull_?secret|mutab"),
            clue("lower", 0.97, r"count_?number|keep|retention|max_?(?:images|tags)|expir|days"),
            clue("added", 0.85, r"count_?type|since_?image|untagged|expire|prune|clean_?up|image_?gc"),
            clue("removed", 0.9, r"pull_?secret|tag_?prefix|registry|ecr:|mirror"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="admission",
        estate=True,
        title="the cluster refuses what is to run",
        topic=about(r"webhook|admission|podsecurity|pod-security|kyverno|gatekeeper|enforce|crd|apiversion"),
        signs=(
            sign(0.95, r"admission webhook", r"failed calling webhook", r"violates podsecurity", r"gatekeeper|kyverno", r"no matches for kind", r"could not find the requested resource", r"failedcreate\b", r"denied the request", r"is forbidden: (?:violates|unable|exceeded)"),
        ),
        meters=(rises(0.6, r"webhook|admission|replicas_unavailable|replicafailure"), falls(0.5, r"ready|available|replicas")),
        clues=(
            clue("turned", 0.95, r"failure_?policy", r"enforce|audit|validation_?failure_?action|enforcement_?action", r"pod-?security", r"api_?version", r"namespace_?selector|object_?selector"),
            clue("added", 0.9, r"webhook|podsecurity|pod-security|kyverno|cluster_?policy|constraint|enforce"),
            clue("removed", 0.8, r"exclude|exempt|namespace_?selector|served|conversion|timeout_?seconds|\bv1(?:alpha|beta)\d"),
        ),
    ),
    Mechanism(
        key="mount",
        title="a volume or the file system cannot be used as before",
        topic=about(r"volume|mount|fsgroup|storage_?class|access_?mode|root_?filesystem|subpath"),
        signs=(
            sign(0.95, r"failed_?mount|failed_?attach", r"multi-attach", r"unable to (?:attach|mount)", r"read-only file ?system|\berofs\b", r"(?:open|mkdir|write|create|chmod|unlink|access)\w* .{0,80}permission denied", r"operation not permitted|\beacces\b|\beperm\b", r"stale (?:nfs )?file handle", r"must run as non-?root|runasnonroot", r"bind: permission denied"),
        ),
        meters=(rises(0.4, r"restart|write_err|mount"), falls(0.4, r"ready|available")),
        clues=(
            clue("added", 0.95, r"read_?only_?root_?filesystem|read_?only: ?true|:ro\b", r"run_?as_?(?:non_?root|user|group)|fs_?group|drop: ?\[?|capabilities|seccomp|privilege_?escalation", r"^\s*user \w"),
            clue("turned", 0.9, r"read_?only|access_?modes?|storage_?class|mount_?path|sub_?path|claim_?name|fs_?group|run_?as_|capabilit|volume|default_?mode|umask|owner"),
            clue("removed", 0.9, r"volume|mount|empty_?dir|fs_?group|net_bind_service|\bchown|\bchmod|supplemental"),
        ),
        prompt=True,
    ),
    Mechanism(
        key="rollout",
        estate=True,
        title="a rollout takes away more than the service can spare",
        topic=about(r"max_?unavailable|max_?surge|rolling_?update|strategy|recreate|min_?ready|termination_?grace|pre_?stop"),
        signs=(
            sign(0.85, r"scaled down replica ?set .{0,60}to 0|scaled (?:down|to) .{0,20}\b0\b", r"(?:at|during|after|on) (?:each|every|the) (?:rollout|deploy\w*|release|restart)", r"progressdeadlineexceeded|minimum availability|does not have minimum", r"rollout"),
            sign(0.6, r"no endpoints? available|connection refused|econnrefused", r"terminat\w+ .{0,40}(?:in-?flight|open|active) (?:requests|connections)"),
        ),
        meters=(falls(0.7, r"available|ready|replicas|endpoints"),),
        clues=(
            clue("higher", 0.97, r"max_?unavailable"),
            clue("lower", 0.95, r"max_?surge|min_?ready|termination_?grace|deregistration|drain|pre_?stop|min_?available|minimum_?healthy|healthy_?percent"),
            clue("turned", 0.92, r"strategy|rolling_?update|recreate|max_?unavailable|max_?surge|pod_?management"),
            clue("removed", 0.9, r"max_?unavailable|rolling_?update|min_?ready|pre_?stop|readiness|min_?available|pod_?disruption|termination_?grace|drain"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="delivery",
        estate=True,
        title="what keeps a cluster in line with its repository takes away or moves what is needed",
        topic=about(r"prune|sync_?policy|kustomiz|resources:|target_?revision|argocd|flux|helmfile"),
        signs=(
            sign(0.92, r"(?:configmap|secret|serviceaccount|service account|persistentvolumeclaim|service|deployment|namespace|ingress|crd|customresource)\w* .{0,60}not found", r"pruned|garbage.?collected by|deleted by (?:argocd|flux|helm|controller)", r"out ?of ?sync|comparisonerror|sync failed|reconciliation failed", r"no objects passed to apply|release .{0,30}(?:failed|not found)"),
        ),
        meters=(falls(0.5, r"ready|available|replicas|running"),),
        clues=(
            clue("turned", 0.92, r"\bprune\b|\bpath:|target_?revision|sync_?(?:policy|options)|destination|\bnamespace\b|name_?(?:prefix|suffix)|self_?heal|chart:|repo_?url|release_?name|fullname_?override"),
            clue("removed", 0.9, r"^\s*-\s+[\w./-]+\.ya?ml|resources:|config_?map_?generator|secret_?generator|\bkind: (?:configmap|secret|service)|helm\.sh/resource-policy|finalizers|ignore_?differences"),
            clue("added", 0.85, r"prune: ?true|name_?(?:prefix|suffix)|replace: ?true|force: ?true|cleanup|ttl_?seconds"),
        ),
    ),
    Mechanism(
        key="settings_syntax",
        estate=True,
        title="a file of settings cannot be parsed",
        topic=about(r"json|ya?ml|toml"),
        signs=(
            sign(0.85, r"unexpected (?:token|end|character|eof) .{0,40}json", r"(?:json|yaml|toml|config\w*|settings|rules|flags) .{0,60}(?:syntax|unexpected|parse|malformed|position \d+|line \d+)", r"did not find expected|mapping values are not allowed|could not find expected|block (?:mapping|sequence)|found (?:character|duplicate key)", r"yaml: (?:line|unmarshal)|invalid character .{0,40}looking for|expecting .{0,20}delimiter|trailing comma|unknown directive|unexpected \S+ in /etc", r"(?:nginx|haproxy|envoy|apache).{0,60}(?:configuration|config) .{0,20}(?:test failed|invalid|error)"),
        ),
        clues=(
            clue("added", 0.6, r"[{}\[\]:,;]"),
            clue("turned", 0.65, r"[{}\[\]:,;=]"),
            clue("removed", 0.6, r"[{}\[\],;\"']"),
        ),
    ),
    Mechanism(
        key="job_overlap",
        title="runs of a job overlap, or more of them run than what they share can carry",
        topic=about(r"cron|schedule|concurrency_?policy|parallelism|completions|job"),
        signs=(
            sign(0.95, r"other (?:runs?|instances?|jobs?) .{0,40}(?:still )?(?:active|running)|(?:still|already) (?:active|running)|previous (?:run|job|execution)|overlapp?(?:ing|ed|s)?\b", r"\d+ (?:\w+ ){0,3}(?:runs|jobs) (?:are )?(?:active|running|at once|concurrently)", r"too many missed start", r"concurrent (?:runs|jobs|executions)"),
        ),
        meters=(rises(0.8, r"jobs?_\w*(?:active|running)|active_jobs|running_jobs|cron"), rises(0.3, r"cpu|lock|db_")),
        clues=(
            clue("turned", 0.97, r"concurrency_?policy|forbid|\ballow\b|replace", r"max_?instances|coalesce|max_?active_?runs|singleton|overlap|depends_?on_?past|catch_?up", r"schedule|\bcron"),
            clue("higher", 0.92, r"parallelism|completions|max_?active|concurren|max_?instances|workers|back_?off_?limit"),
            clue("removed", 0.95, r"forbid|concurrency_?policy|starting_?deadline|flock|\block\b|mutex|active_?deadline|max_?instances|singleton|suspend"),
            clue("lower", 0.85, r"schedule|interval|every|rate\(|period"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="node_image",
        estate=True,
        title="machines run another image, kernel or runtime than before",
        topic=about(r"\bami\b|image_?id|release_?version|kernel|containerd|runc|node_?group|launch_?template|cgroup"),
        signs=(
            sign(0.9, r"driver/library version mismatch|nvml", r"cni plugin not initiali[sz]ed|network plugin (?:is )?not ready", r"runc|containerd: |container runtime", r"cgroups? ?v?[12]\b|cgroup", r"seccomp|bpf .{0,40}(?:fail|not)", r"kernel (?:module|version|panic)", r"failed to assign an ip|insufficient (?:free )?(?:ip )?addresses|no available ip"),
        ),
        meters=(falls(0.5, r"nodes?_ready|ready"), rises(0.4, r"notready|not_ready|sandbox")),
        clues=(
            clue("turned", 0.95, r"\bami\b|\bami-|image_?id|release_?version|node_?version|kernel|containerd|runtime_?class|bottlerocket|launch_?template|cgroup|os_?(?:image|sku)|warm_?(?:ip|eni|prefix)|prefix_?delegation|subnet"),
            clue("bump", 0.7, r""),
            clue("removed", 0.8, r"bootstrap|user_?data|cgroup|device_?plugin|warm_|cni"),
            clue("lower", 0.9, r"warm_?(?:ip|eni)|minimum_?ip|max_?pods|subnet|cidr"),
        ),
    ),
)  # fmt: skip
