"""Programs and where they run: crashes, settings, addresses, keys, probes, libraries, wiring."""

from __future__ import annotations

from typing import Final

from tocsin.domain.diagnosis.correlation.mechanisms.mechanism import Mechanism, about, clue, falls, rises, sign

SURROUNDINGS: Final[tuple[Mechanism, ...]] = (
    Mechanism(
        key="nil",
        title="code uses a value that is not there",
        topic=about(r"nil|null|none|optional|option|pointer|\?\.|get\("),
        signs=(
            sign(0.95, r"nil pointer", r"null ?pointer", r"nonetype", r"undefined is not", r"cannot read propert", r"of (?:undefined|null)\b", r"sigsegv", r"segmentation fault", r"segfault", r"null ?reference", r"called `?(?:option|result)::unwrap", r"unwrap\(\) on", r"invalid memory address", r"undefined method .* for nil", r"nosuchelement"),
            sign(0.6, r"\bpanic\b", r"unhandled (?:exception|rejection|promise)", r"index out of (?:range|bounds)", r"attributeerror", r"typeerror", r"indexerror", r"keyerror", r"assert", r"fatal error", r"traceback", r"stack ?trace"),
        ),
        meters=(rises(0.6, r"panic", r"crash", r"restart", r"uncaught", r"unhandled"),),
        clues=(
            clue("unguarded", 0.97, r""),
            clue("removed", 0.75, r"[!=]= ?nil", r"is (?:not )?none", r"[!=]==? ?null", r"\?\.", r"\?\?", r"optional", r"isnil", r"\.get\(", r"hasattr", r"isempty", r"len\(\w+\) ?[>!=]", r"if let", r"\.ok\b", r", ok\b", r"try\b", r"except", r"catch", r"recover\(", r"defined\?", r"orelse"),
            clue("added", 0.5, r"\.unwrap\(", r"\w!\.", r"\[0\]", r"\.get\(\)\.", r"\.\(\*?\w+\)", r"\*\w+\.\w+", r"getordefault", r"first\(\)\.", r"\.\w+\.\w+\.\w+"),
            clue("turned", 0.4, r"\?\.", r"\.get\(", r"nullable", r"optional", r"\[\w+\]"),
        ),
    ),
    Mechanism(
        key="setting_missing",
        title="a setting, variable or secret is missing or cannot be read",
        topic=about(r"env|config|setting|secret|default|var"),
        signs=(
            sign(0.95, r"(?:missing|required|undefined|unset|no) (?:required )?(?:env|environment|config|setting|secret|variable|credential)", r"environment variable \S+ (?:is )?(?:not set|missing|required|undefined|empty|unset)", r"(?-i:\b[A-Z][A-Z0-9_]{4,}) (?:is )?(?:not set|missing|required|undefined|unset|empty)", r"config\w* (?:key|value|file)? ?\S* ?(?:not found|missing|invalid|error|parse)", r"(?:invalid|bad|malformed|unparsable|unknown) (?:config|setting|value for|yaml|toml|option)", r"could not (?:load|parse|read) config", r"fail\w* to (?:load|parse|read|decode) (?:config|settings|yaml|env)", r"createcontainerconfigerror", r"secret \S+ not found", r"configmap \S+ not found", r"yaml:"),
            sign(0.5, r"crashloop", r"exit code 1\b", r"back-?off restarting", r"failed to start", r"startup fail", r"could not resolve placeholder"),
        ),
        meters=(rises(0.4, r"restart", r"crash"), falls(0.4, r"ready", r"available", r"replicas", r"\bup$", r"healthy")),
        clues=(
            clue("turned", 0.75, r"(?-i:\b[A-Z][A-Z0-9]+_[A-Z0-9_]+\b)", r"getenv", r"environ", r"process\.env", r"secret", r"configmap", r"valuefrom", r"viper", r"\bkey:", r"name:"),
            clue("removed", 0.85, r"(?-i:\b[A-Z][A-Z0-9]+_[A-Z0-9_]+\b)", r"\benv\b", r"secret", r"configmap", r"default", r"valuefrom", r"\bvalue:", r"volume_?mount", r"getenv"),
            clue("added", 0.75, r"getenv\(", r"environ\[", r"process\.env\.", r"mustget", r"required", r"lookupenv", r"@value\(", r"envconfig", r"must\w+\(", r"secretkeyref"),
            clue("path", 0.4, r"\.ya?ml$", r"\.toml$", r"\.env", r"\.ini$", r"\.properties$", r"config", r"values", r"settings"),
        ),
        remedy="rollback",
        prompt=True,
    ),
    Mechanism(
        key="address",
        title="calls go to a name, host or port where nothing answers",
        topic=about(r"host|url|endpoint|port|addr|dns|service|ingress|network|region|domain"),
        signs=(
            sign(0.9, r"no such host", r"nxdomain", r"servfail", r"name (?:or service not known|resolution)", r"getaddrinfo", r"enotfound", r"eai_again", r"could not resolve", r"unknown ?host", r"dns (?:lookup|resolution|timeout|error|query|fail)", r"lookup \S+ (?:on|:)"),
            sign(0.75, r"connection refused", r"econnrefused", r"no route to host", r"dial tcp", r"unreachable", r"no (?:healthy )?upstream", r"host not found", r"connect(?:ion)? (?:failed|error|timeout)", r"no endpoints", r"read-only (?:transaction|replica|mode|server)", r"\breadonly\b"),
        ),
        meters=(rises(0.6, r"dns", r"resolv", r"nxdomain", r"servfail", r"connect\w*_(?:err|fail|refus)", r"connection_refused"),),
        clues=(
            clue("turned", 0.9, r"://", r"host", r"\burl\b", r"_url", r"endpoint", r"\bport\b", r"\baddr", r"\.svc\b", r"\.internal", r"\.local", r"\d+\.\d+\.\d+\.\d+", r"server\b", r"target", r"upstream", r"cname", r"record", r":\d{2,5}\b", r"region"),
            clue("path", 0.5, r"dns", r"coredns", r"resolv", r"route53", r"ingress", r"service\.ya?ml", r"endpoint", r"network_?policy", r"networkpolic", r"security_?group", r"firewall"),
            clue("added", 0.75, r"ndots", r"dnspolicy", r"dnsconfig", r"stubdomains", r"externalname", r"\bdeny\b", r"nameserver"),
            clue("added", 0.85, r"networkpolicy", r"policytypes", r"egress", r"default-?deny"),
            clue("removed", 0.75, r"://", r"\bhost", r"egress", r"ingress", r"\bport", r"\balias", r"cidr", r"allow", r"nameserver", r"forward", r"record", r"search"),
            clue("lower", 0.4, r"\bttl\b", r"ndots"),
            clue("higher", 0.5, r"ndots"),
        ),
        prompt=True,
    ),
    Mechanism(
        key="permission",
        title="a key, token, role or policy no longer opens what it did",
        topic=about(r"auth|token|role|polic|permission|secret|jwt|key|credential|session|scope|cookie"),
        signs=(
            sign(0.85, r"\b40[13]\b", r"unauthori[sz]ed", r"unauthenticated", r"forbidden", r"permission denied", r"access ?denied", r"not authorized", r"authenticat\w+ fail", r"authoriz\w+ fail", r"invalid (?:token|signature|credential|api key|jwt|audience|issuer|client|grant|key|password|secret)", r"token (?:is )?(?:expired|invalid|rejected|revoked)", r"signature (?:verification|mismatch|invalid|does not)", r"password authentication", r"\bwrongpass\b", r"\bnoauth\b", r"kid\b.{0,20}not found", r"unknown (?:kid|key id|issuer)", r"no (?:matching )?key (?:with|for|found)", r"(?:token|key|credential|signature|certificate) (?:was )?(?:refused|rejected|not accepted)", r"jwks?\b.{0,60}(?:not found|unknown|mismatch|no key|invalid|empty)", r"(?:no|without|lost|unknown|missing) session\b", r"session (?:expired|not found|lost|missing|unknown)", r"csrf", r"insufficient (?:scope|privilege|permission)", r"(?:no|missing|without|invalid|bad) credentials?", r"\bkms\b", r"decrypt", r"bad mac", r"invalid ciphertext"),
        ),
        meters=(rises(0.8, r"40[13]", r"auth\w*_?(?:err|fail|reject|denied)", r"unauthori", r"denied", r"token", r"login\w*(?:fail|redirect|loop)", r"forbidden"),),
        clues=(
            clue("turned", 0.85, r"audience", r"\baud\b", r"issuer", r"\biss\b", r"jwks", r"secret", r"token", r"\bkid\b", r"key_?id", r"\brole", r"\bscope", r"\bpolicy", r"permission", r"credential", r"auth", r"algorithm", r"\balg\b", r"cookie", r"same_?site", r"principal", r"\barn:", r"username|password|\buser\b", r"\bverbs\b", r"api_?groups", r"signing", r"hmac|sha\d+"),
            clue("removed", 0.85, r"allow", r"\baction", r"permission", r"\brole", r"\bscope", r"policy", r"grant", r"auth\w*\(", r"header", r"token", r"\bsign\w*\(", r"s3:\w+", r"\w+:(?:get|put|list|describe)\w+", r"verbs", r"bearer", r"previous_?key", r"old_?key", r"leeway", r"\bauthorization\b", r"credential", r"cookie"),
            clue("added", 0.6, r"deny", r"require_?auth", r"verify", r"auth\w*\(", r"middleware", r"revoke", r"\bforbid", r"securitycontext", r"runasnonroot", r"readonlyrootfilesystem"),
            clue("lower", 0.8, r"\bttl", r"expir", r"leeway", r"skew", r"session", r"max_?age", r"lifetime", r"token"),
            clue("path", 0.35, r"iam", r"policy", r"rbac", r"auth", r"jwt", r"oauth", r"secret", r"role", r"security", r"permission", r"session"),
        ),
    ),
    Mechanism(
        key="certificate_change",
        unless=about(r"certificate[_ ](?:has |is )?expired", r"expired certificate", r"cert_has_expired", r"no longer valid", r"notafter|not after"),
        title="a change of certificates or of how they are checked breaks handshakes",
        topic=about(r"tls|cert|ssl|\bca\b|cipher|trust|mtls|verify"),
        signs=(
            sign(0.85, r"x509", r"certificate (?:verify|signed|is not trusted|unknown|required|mismatch)", r"unknown (?:authority|ca)", r"unable to (?:verify|get local issuer)", r"handshake (?:fail|error|alert)", r"tls: ", r"ssl(?:error|handshake|v3)", r"self[- ]signed", r"bad certificate", r"protocol version", r"no common cipher", r"hostname mismatch", r"san\b.{0,20}match", r"pkix"),
        ),
        meters=(rises(0.7, r"tls", r"handshake", r"ssl", r"cert"),),
        clues=(
            clue("turned", 0.85, r"cert", r"\bca\b", r"ca_?bundle", r"tls", r"ssl", r"cipher", r"truststore", r"keystore", r"insecureskipverify", r"servername", r"\bsni\b", r"sslmode", r"min_?version", r"verify", r"pin"),
            clue("removed", 0.8, r"cert", r"\bca\b", r"ca_?(?:file|bundle|path|cert)", r"cipher", r"tls", r"ssl", r"servername", r"intermediate", r"chain", r"rootcas"),
            clue("added", 0.65, r"mtls", r"strict", r"clientauth", r"verify", r"minversion", r"tls_?1", r"pin", r"requireandverify", r"peerauthentication"),
            clue("path", 0.4, r"cert", r"tls", r"ssl", r"trust", r"\bca\b", r"pki", r"mesh"),
        ),
    ),
    Mechanism(
        key="probe",
        title="a health check fails what is healthy, and traffic or processes are taken away",
        topic=about(r"probe|health|ready|live|startup|shutdown|drain|port"),
        signs=(
            sign(0.9, r"(?:liveness|readiness|startup) probe", r"probe failed", r"unhealthy", r"no healthy (?:upstream|host|backend|target)", r"health ?check (?:fail|timed|return|status)", r"failing health", r"killing container", r"removed from (?:load balancer|rotation|service|pool)", r"target group", r"will be restarted"),
            sign(0.5, r"crashloop", r"restart", r"\b503\b", r"sigterm", r"connection refused", r"endpoints?"),
        ),
        meters=(rises(0.6, r"restart", r"probe", r"unhealthy"), falls(0.7, r"ready", r"healthy", r"available_?(?:replicas|hosts|targets)", r"endpoints")),
        clues=(
            clue("turned", 0.9, r"probe", r"health", r"ready", r"livez", r"\bpath:", r"\bport:", r"target_?port", r"container_?port", r"httpget", r"listen", r"bind"),
            clue("lower", 0.9, r"initialdelay", r"timeoutseconds", r"failurethreshold", r"periodseconds", r"grace", r"start_?period", r"interval", r"threshold", r"retries", r"unhealthy"),
            clue("higher", 0.4, r"warm", r"preload", r"startup", r"successthreshold"),
            clue("path", 0.4, r"health", r"probe", r"liveness", r"readiness"),
            clue("removed", 0.75, r"startupprobe", r"readinessprobe", r"initialdelay", r"prestop", r"graceful", r"shutdown", r"/health", r"/ready", r"handlefunc", r"drain"),
            clue("added", 0.4, r"\bquery", r"select 1\b", r"\.ping\(", r"\bexists\("),
            clue("added", 0.65, r"livenessprobe", r"readinessprobe", r"\bping\w*\(", r"check\w*\(", r"warm_?up", r"preload", r"health"),
        ),
        prompt=True,
    ),
    Mechanism(
        key="dependency",
        title="another version of a library or image behaves otherwise",
        topic=about(r"go\.mod|package\.json|requirements|pom\.xml|gemfile|cargo|dockerfile|gradle|version"),
        signs=(
            sign(0.9, r"nosuchmethod", r"noclassdef", r"classnotfound", r"importerror", r"modulenotfound", r"no module named", r"cannot find module", r"undefined symbol", r"symbol not found", r"incompatible", r"version (?:mismatch|conflict|`?glibc)", r"glibc", r"\bmusl\b", r"unsatisfiedlink", r"shared (?:library|object)", r"dlopen", r"\bdyld\b", r"deprecat", r"removed in", r"is not a function", r"unexpected keyword argument", r"abi\b", r"unsupported (?:protocol|engine|version)", r"exec format", r"illegal instruction", r"linkage", r"breaking change"),
            sign(0.5, r"node_modules/", r"site-packages/", r"/gems/", r"pkg/mod/", r"vendor/\w"),
            sign(0.35, r"panic", r"typeerror", r"attributeerror", r"behaviou?r", r"driver", r"sdk", r"\bclient v"),
        ),
        clues=(
            clue("bump", 0.9, r""),
            clue("path", 0.25, r"go\.mod", r"package\.json", r"requirements", r"pom\.xml", r"gemfile", r"cargo\.toml", r"dockerfile", r"poetry", r"build\.gradle", r"pyproject"),
            clue("turned", 0.6, r"\bfrom \S+:\S+", r"image:", r"base_?image", r"runtime:", r"node-?version", r"python-?version"),
        ),
    ),
    Mechanism(
        key="image",
        title="the image that should run cannot be had or does not start",
        topic=about(r"image|tag|dockerfile|registry|entrypoint|command"),
        signs=(
            sign(0.95, r"imagepull", r"errimage", r"manifest (?:unknown|for \S+ not found)", r"pull access denied", r"no such image", r"exec format error", r"image \S+ not found", r"failed to pull", r"entrypoint", r"exec: .+ not found", r"no such file or directory.*exec"),
        ),
        meters=(falls(0.5, r"ready", r"available", r"replicas"), rises(0.3, r"restart", r"pending")),
        clues=(
            clue("turned", 0.95, r"image", r"\btag\b", r"registry", r"repository", r"entrypoint", r"\bcmd\b", r"command:", r"platform", r"\bfrom \S+", r"arch"),
            clue("removed", 0.6, r"imagepullsecret", r"\bcopy\b", r"chmod", r"entrypoint", r"\brun\b"),
        ),
        prompt=True,
    ),
    Mechanism(
        key="registration",
        title="something is no longer registered, seeded or wired in when the process starts",
        topic=about(r"regist|init|bootstrap|startup|main|wire|module|plugin|handler|provider|subscribe|seed"),
        signs=(
            sign(0.85, r"not (?:been )?(?:registered|found in registry|configured|initiali[sz]ed|bound|mounted|seeded|provided|wired)", r"no (?:handler|route|provider|plugin|factory|implementation|listener|adapter|resolver|agent|strategy|codec|driver|consumer|subscriber|processor|worker|command|bean)s? (?:found |registered |available |configured )?(?:for|named|of|with|is)", r"unknown (?:handler|command|agent|plugin|provider|type|job|task|action|event|strategy|tool|queue|topic|driver)", r"unregistered", r"unimplemented", r"unsatisfied dependency", r"nosuchbean", r"no subscribers?", r"unhandled (?:event|message|command|type|job)"),
            sign(0.75, r"lookup failed", r"registry", r"\S+ not found"),
            sign(0.3, r"\b404\b", r"\b501\b", r"missing"),
        ),
        meters=(rises(0.5, r"lookup\w*fail", r"not_?found", r"unhandled", r"404", r"unknown", r"unrouted"),),
        clues=(
            clue("removed", 0.95, r"regist\w*\(", r"\.register", r"subscribe\(", r"\bprovide\w*\(", r"\bbind\w*\(", r"\binstall\w*\(", r"\bmount\w*\(", r"\bseed\w*\(", r"\bwire\w*\(", r"addroute", r"add_?(?:handler|route|listener|consumer|job|plugin|provider)", r"app\.use\(", r"include_router", r"\binit\w*\(", r"bootstrap\w*\(", r"handle(?:func)?\(", r"\bload\w*\(", r"discover\w*\(", r"attach\w*\(", r"enable\w*\(", r"\bsetup\w*\(", r"\bstart\w*\(", r"\bon\(", r"installed_apps", r"@(?:bean|component|service|inject|task|app)", r"\bimport _ ", r"blueprint"),
            clue("turned", 0.5, r"regist\w*\(", r"\.register", r"[\"'][\w./-]+[\"'],", r"handle(?:func)?\(", r"route", r"@\w+\("),
            clue("call_gone", 0.75, r""),
            clue("moved", 0.6, r""),
        ),
        remedy="roll-forward",
    ),
    Mechanism(
        key="routing",
        title="requests are sent the wrong way by a proxy, route or header rule",
        topic=about(r"route|ingress|nginx|proxy|gateway|path|cors|header|redirect|rewrite|origin"),
        signs=(
            sign(0.75, r"\b40[45]\b", r"\b502\b", r"bad gateway", r"\bcors\b", r"preflight", r"upstream (?:prematurely|sent|connect)", r"redirect loop", r"too many redirects", r"method not allowed", r"no route", r"route not found", r"access-control", r"host header", r"origin .{0,20}not allowed", r"blocked by (?:cors|csp|waf|policy)"),
        ),
        meters=(rises(0.6, r"40[45]", r"502", r"cors", r"redirect", r"4xx"),),
        clues=(
            clue("turned", 0.85, r"proxy_pass", r"rewrite", r"\bpath", r"prefix", r"\bmatch", r"allow\w*origin", r"\borigins?\b", r"location", r"route", r"redirect", r"\bhost", r"backend", r"cors", r"header", r"strip", r"mount", r"url\w*\(", r"base_?(?:path|url)"),
            clue("removed", 0.75, r"location", r"route", r"allow\w*(?:origin|method|header)", r"proxy_", r"redirect", r"rewrite", r"header", r"cors", r"options\("),
            clue("path", 0.45, r"nginx", r"ingress", r"envoy", r"gateway", r"router", r"route", r"haproxy", r"cors", r"virtualservice", r"traefik", r"\bcdn\b", r"urls?\."),
            clue("added", 0.5, r"deny", r"return 40\d", r"redirect", r"strict", r"csp", r"waf"),
        ),
    ),
    Mechanism(
        key="flag_in_code",
        title="a default in the code switches a path on for everybody",
        topic=about(r"flag|feature|experiment|rollout|toggle|variant|default"),
        signs=(sign(0.6, r"feature[ _-]?flag", r"\bvariant\b", r"experiment", r"cohort", r"new (?:path|flow|engine|pipeline)", r"\bv2\b", r"canary"), sign(0.4, r"\w")),
        clues=(
            clue("turned", 0.85, r"\w*(?:flag|feature|enabled?|rollout|experiment|canary|toggle|percent|variant|dark_?launch)\w*.*\b(?:true|false|on|off|\d+)\b"),
            clue("turned", 0.7, r"[\"'\w]\s*[:=]\s*(?:true|false)\b"),
            clue("path", 0.4, r"flags?\.", r"feature", r"experiment", r"toggles?\."),
            clue("higher", 0.9, r"rollout", r"percent", r"weight", r"canary", r"traffic"),
        ),
        remedy="feature-flag-disable",
    ),
)  # fmt: skip
