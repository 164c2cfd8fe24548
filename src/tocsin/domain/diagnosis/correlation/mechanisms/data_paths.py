"""Data: schemas, queries, locks, formats, time and duplicates."""

from __future__ import annotations

from typing import Final

from tocsin.domain.diagnosis.correlation.mechanisms.mechanism import Mechanism, about, clue, rises, sign

DATA: Final[tuple[Mechanism, ...]] = (
    Mechanism(
        key="schema_missing",
        title="code asks for a table or column that is not there",
        topic=about(r"select|table|column|model|entity|schema|migrat|quer"),
        signs=(
            sign(0.95, r"(?:relation|table|column|view|function|collection|index|type) \S+ (?:of relation \S+ )?does(?:n't| not) exist", r"no such (?:table|column)", r"unknown (?:column|table|database)", r"undefined ?(?:table|column)", r"invalid (?:object|column) name", r"table \S+ doesn't exist", r"ora-00942", r"42p01", r"42703", r"missing migration", r"unapplied migration"),
        ),
        meters=(rises(0.5, r"missing_table", r"undefined_table", r"sql_error", r"db_error", r"schema"),),
        clues=(
            clue("added", 0.9, r"\bselect\b.+\bfrom\b", r"\bfrom \w+", r"\binsert into\b", r"\bupdate \w+ set\b", r"__tablename__", r"@table", r"column\(", r"@column", r"\.table\(", r"references", r"\bjoin \w+"),
            clue("turned", 0.7, r"\bselect\b", r"\bfrom\b", r"__tablename__", r"column", r"table"),
        ),
        remedy="roll-forward",
    ),
    Mechanism(
        key="schema_dropped",
        title="a migration took away or changed what code relies on",
        topic=about(r"migrat|alter|drop|schema|column"),
        signs=(
            sign(0.9, r"(?:relation|table|column|view) \S+ (?:of relation \S+ )?does(?:n't| not) exist", r"no such (?:table|column)", r"unknown column", r"undefined ?(?:table|column)", r"violates (?:not-null|check|foreign key)", r"null value in column", r"cannot be null", r"cannot insert", r"operator does not exist", r"function \S+ does not exist", r"\b42883\b", r"\b42804\b", r"datatype mismatch", r"cannot be cast", r"invalid input syntax for", r"data ?type .{0,40}(?:mismatch|incompatible)", r"value too long for type", r"data too long for column"),
        ),
        clues=(
            clue("added", 0.97, r"\bdrop (?:column|table|view|constraint)", r"rename (?:column|table|to)", r"drop_column", r"drop_table", r"remove_column", r"rename_column", r"set not null", r"alter_column", r"nullable=false", r"add constraint", r"alter column \S+ (?:set data )?type", r"\b(?:modify|change) column", r"change_column"),
            clue("path", 0.3, r"migrat", r"alembic", r"flyway", r"liquibase", r"\.sql$"),
        ),
    ),
    Mechanism(
        key="migration_lock",
        title="a migration holds a lock that everybody waits for",
        topic=about(r"migrat|alter|index|backfill|schema"),
        signs=(
            sign(0.8, r"lock (?:wait )?timeout", r"accessexclusive", r"waiting for .{0,30}lock", r"metadata lock", r"blocked by", r"canceling statement due to lock", r"locked table", r"relation lock"),
            sign(0.4, r"\block(?:s|ed)?\b", r"migration", r"alter table", r"blocked"),
        ),
        meters=(rises(0.8, r"lock", r"blocked"), rises(0.3, r"active_\w*(?:sessions|connections)", r"wait")),
        clues=(
            clue("added", 0.9, r"alter table", r"create (?:unique )?index", r"add constraint", r"lock table", r"vacuum full", r"reindex", r"cluster ", r"add_column", r"add_index", r"create_index", r"backfill", r"update \w+ set"),
            clue("removed", 0.8, r"concurrently", r"lock_timeout", r"not valid", r"batch"),
            clue("path", 0.3, r"migrat", r"alembic", r"flyway", r"liquibase", r"\.sql$"),
        ),
    ),
    Mechanism(
        key="index_missing",
        title="a query no longer finds its index",
        topic=about(r"index|where|quer|select|filter|order"),
        signs=(
            sign(0.85, r"seq(?:uential)? scan", r"full (?:table|collection|index)? ?scan", r"collscan", r"filesort", r"missing index", r"no index", r"rows_(?:examined|scanned)", r"docsexamined", r"index (?:not used|missing)", r"allow filtering"),
            sign(0.55, r"slow (?:query|statement|log)", r"query took", r"statement timeout", r"long[- ]running quer"),
        ),
        meters=(
            rises(0.8, r"rows?_(?:examined|scanned|read|fetched)", r"seq_?scan", r"docs_?examined", r"full_?scan", r"tup_"),
            rises(0.4, r"db_\w*(?:cpu|latency|duration|time|load)", r"query_\w*(?:latency|duration|time|ms|p9)", r"slow_quer", r"sql_"),
        ),
        clues=(
            clue("added", 0.97, r"drop index", r"drop_index", r"remove_index", r"removeindex", r"dropindex"),
            clue("removed", 0.9, r"index=true", r"db_index", r"@index", r"create (?:unique )?index", r"(?:use|force) index", r"add_index", r"createindex", r"ensureindex", r"\bindex\("),
            clue("added", 0.75, r"lower\(", r"upper\(", r"cast\(", r"::(?:text|date|varchar)", r"like '%", r"ilike", r"date\(", r"coalesce\(", r"to_char\(", r"order by", r"\$regex", r"\bor\b .+=", r"json_extract", r"->>"),
            clue("turned", 0.45, r"\bwhere\b", r"order by", r"\bfilter\(", r"\bfind\w*\(", r"order_by"),
        ),
    ),
    Mechanism(
        key="unbounded_query",
        title="a query or an answer has no bound any more",
        topic=about(r"limit|quer|select|filter|page|where|scan"),
        signs=(
            sign(0.7, r"slow (?:query|statement)", r"rows_(?:examined|returned|read|scanned)", r"result set", r"too many rows", r"large (?:result|response)", r"unbounded", r"query took", r"full (?:table )?scan", r"response size"),
            sign(0.3, r"\bselect\b", r"memory", r"deadline exceeded"),
        ),
        meters=(
            rises(0.85, r"rows?_(?:examined|scanned|read|fetched|returned)", r"result_?(?:size|count|rows)", r"response_?(?:bytes|size)", r"items_returned", r"bytes_(?:read|scanned|sent)"),
            rises(0.4, r"db_\w*(?:cpu|latency|duration|load|io)", r"query_\w*(?:latency|duration|ms|time)", r"mem", r"heap"),
        ),
        clues=(
            clue("removed", 0.95, r"\blimit\b", r"\blimit\(", r"\.limit\(", r"page_?size", r"paginat", r"\btop \d", r"max_?results", r"\btake\(", r"\bfirst\(", r"\boffset\b", r"fetch first", r"setmaxresults", r"\bcursor\b", r"per_?page", r"scan_?limit", r"islice"),
            clue("removed", 0.6, r"\bwhere\b", r"\bfilter\w*\(", r"\band \w+ ?[=<>]", r"since", r"between", r"created_at", r"partition"),
            clue("higher", 0.75, r"limit", r"page_?size", r"lookback", r"window", r"max_?results", r"\bdays?\b", r"range", r"interval"),
            clue("added", 0.5, r"select \*", r"fetch_?all\(", r"find_?all\(", r"readall\(", r"\.all\(\)", r"\.tolist\(", r"collect\(", r"\bkeys \*", r"smembers", r"lrange\b.+-1", r"list\("),
        ),
        lingers=True,
    ),
    Mechanism(
        key="field_renamed",
        title="one side names a field, key or route otherwise than the other",
        topic=about(r"json|field|name|mapping|schema|dto|model|naming|serializ|mapper|key|column|alias"),
        signs=(
            sign(0.95, r"no mapping (?:found )?for", r"unknown (?:field|property|key|attribute|argument|parameter)", r"unrecogni[sz]ed (?:field|property|key|option)", r"no such (?:field|property|key|attribute|member)", r"field \S+ (?:not found|is missing|missing|required)", r"missing (?:required )?(?:field|property|key|attribute|parameter|column|header)", r"keyerror", r"undefined (?:field|property|method)", r"cannot query field", r"has no attribute", r"unexpected (?:field|property|key)", r"(?:key|field|property|attribute)s? (?:was |is )?not (?:found|present|there|in)", r"cannot read \w+: ", r"required (?:field|property)"),
            sign(0.5, r"parse_exception", r"schema (?:mismatch|violation|validation)", r"undefined", r"is null", r"nan\b", r"no longer", r"\b422\b"),
        ),
        clues=(
            clue("turned", 0.85, r"[\"'`][\w.-]+[\"'`]", r"naming", r"json:", r"@json", r"name ?[=:]", r"field", r"column", r"serializedname", r"alias", r"key"),
            clue("path", 0.3, r"mapping", r"schema", r"model", r"proto", r"dto", r"types?\.", r"contract", r"openapi", r"swagger", r"graphql"),
            clue("removed", 0.6, r"json:", r"[\"'`][\w.-]+[\"'`] ?:", r"field\(", r"@json\w+", r"alias"),
        ),
    ),
    Mechanism(
        key="format",
        title="what one side writes the other cannot read",
        topic=about(r"encod|decod|serial|marshal|proto|schema|format|parse|codec|json|avro|version|compress"),
        signs=(
            sign(0.9, r"unmarshal", r"deserial", r"invalid wire ?type", r"proto(?:buf)?:", r"protobuf", r"decod(?:e|ing) (?:error|fail)", r"fail\w* to (?:decode|parse|deserial|unmarshal|read)", r"cannot (?:parse|decode|deserial|unmarshal)", r"unexpected (?:eof|token|end of)", r"invalid (?:json|character|utf|format|encoding|payload|magic|version)", r"magic byte", r"\bavro\b", r"schema registry", r"incompatible (?:schema|version|type)", r"unsupported (?:version|format|encoding|codec|content)", r"classcast", r"type mismatch", r"checksum", r"invalid date", r"incorrect string value", r"charset|utf-?8"),
        ),
        meters=(rises(0.7, r"deserial", r"decode", r"parse_?(?:err|fail)", r"unmarshal", r"malformed", r"schema"),),
        clues=(
            clue("path", 0.55, r"\.proto$", r"\.avsc$", r"schema", r"codec", r"serde", r"serializ", r"marshal", r"encod", r"wire", r"message", r"event"),
            clue("turned", 0.85, r"= ?\d+;", r"json:", r"int32|int64|uint32|float|double|\bstring\b|\bbytes\b|\bbool", r"encod", r"codec", r"serializ", r"content-?type", r"format", r"version", r"compress", r"marshal"),
            clue("added", 0.8, r"\"name\": ?\"\w+\", ?\"type\"", r"^\s*(?:required|repeated)\b"),
            clue("added", 0.55, r"reserved", r"compress", r"gzip|zstd|snappy|lz4", r"encod", r"marshal", r"serializ", r"required ", r"msgpack", r"avro"),
            clue("removed", 0.65, r"= ?\d+;", r"decod", r"unmarshal", r"fallback", r"optional ", r"omitempty", r"default", r"json\.", r"compat"),
        ),
    ),
    Mechanism(
        key="lock",
        title="work waits for locks, or two pieces of it block each other",
        topic=about(r"lock|mutex|transaction|isolation|for update|sort|order"),
        signs=(
            sign(0.95, r"deadlock", r"40p01", r"lock wait timeout", r"could not obtain lock", r"\b1213\b", r"\b1205\b", r"lock contention", r"lock order"),
            sign(0.6, r"\bmutex\b", r"contention", r"waiting (?:for|on) .{0,20}lock", r"serialization failure", r"could not serialize", r"40001", r"blocked (?:by|on)", r"lock held"),
        ),
        meters=(rises(0.85, r"deadlock", r"lock", r"mutex", r"contention", r"blocked"),),
        clues=(
            clue("moved", 0.9, r""),
            clue("added", 0.8, r"\block\w*\(", r"synchronized", r"for update", r"mutex", r"\bbegin\b", r"transaction", r"serializable", r"select_for_update", r"isolation", r"with lock", r"setnx"),
            clue("removed", 0.85, r"unlock", r"rwmutex", r"rlock", r"skip locked", r"nowait", r"order by", r"sort\w*\(", r"sorted\(", r"trylock", r"lock_?timeout", r"commit\("),
            clue("turned", 0.7, r"rlock|rwmutex|lock\(", r"isolation", r"for update", r"order by"),
            clue("higher", 0.4, r"batch", r"concurren", r"lock"),
        ),
    ),
    Mechanism(
        key="race",
        title="things that share state run at the same time unguarded",
        topic=about(r"lock|mutex|sync|atomic|concurren|goroutine|go func|thread|shared"),
        signs=(
            sign(0.9, r"concurrent map", r"data race", r"race condition", r"concurrentmodification", r"race detected", r"changed size during iteration", r"lost update", r"version conflict", r"optimistic lock", r"stale object", r"inconsistent (?:state|read)"),
            sign(0.4, r"corrupt", r"panic", r"sigsegv", r"index out of range", r"duplicate"),
        ),
        clues=(
            clue("removed", 0.9, r"\block\w*\(", r"mutex", r"sync\.", r"atomic", r"synchronized", r"threading\.lock", r"with \w*lock", r"for update", r"\bcopy\(", r"clone\(", r"transaction", r"\bonce\b"),
            clue("added", 0.6, r"\bgo func", r"\bgo \w+[.(]", r"thread", r"parallel", r"async", r"shared", r"global", r"var \w+ = (?:make\()?map"),
        ),
    ),
    Mechanism(
        key="duplicates",
        title="the same thing is done twice",
        topic=about(r"idempoten|dedup|unique|key|upsert|retry|exactly|once"),
        signs=(
            sign(0.9, r"duplicate (?:key|charge|order|event|entry|message|payment|record|deliver|email|notification)", r"unique (?:constraint|violation)", r"already (?:exists|processed|charged|captured)", r"double (?:charge|spend|booking|count)", r"idempoten", r"23505", r"charged twice", r"processed twice"),
        ),
        meters=(rises(0.85, r"duplicat", r"idempoten", r"conflict", r"409"),),
        clues=(
            clue("removed", 0.95, r"idempoten", r"dedup", r"unique", r"on conflict", r"upsert", r"\bseen\b", r"already", r"exists\(", r"setnx", r"distinct", r"nonce", r"request_?id"),
            clue("turned", 0.8, r"idempoten", r"dedup", r"unique", r"key\w*\(", r"\bkey ?[:=]", r"uuid", r"event_?id"),
            clue("added", 0.5, r"uuid\w*\(", r"retr(?:y|ies)", r"random", r"time\.now", r"now\("),
        ),
    ),
    Mechanism(
        key="time",
        title="times are read in another zone, unit or calendar",
        topic=about(r"time|date|zone|utc|clock|schedule|cron|epoch"),
        signs=(
            sign(0.85, r"time ?zone", r"clock skew", r"timestamp\w* (?:is )?(?:in the (?:future|past)|out of|invalid|too)", r"not yet valid", r"in the future", r"\bdst\b", r"daylight", r"expired \d+ (?:years|days|hours)", r"before (?:issued|start)", r"\biat\b", r"\bnbf\b", r"time window", r"too (?:old|new)", r"stale (?:timestamp|data)", r"epoch", r"year (?:19|5)\d"),
            sign(0.4, r"\butc\b", r"timestamp", r"midnight", r"schedul", r"\bcron\b", r"expired"),
        ),
        meters=(rises(0.4, r"skew", r"drift", r"stale", r"expired"),),
        clues=(
            clue("turned", 0.9, r"\butc", r"utcnow", r"local\b", r"time_?zone", r"\btz\b", r"tzinfo", r"strftime|strptime", r"unix(?:milli|nano|micro)?\(", r"epoch", r"timestamp\(", r"dateformat", r"loadlocation", r"zoneid", r"now\(", r"truncate\(", r"startof", r"cron", r"schedule", r"time\.(?:second|millisecond|minute|hour)"),
            clue("removed", 0.85, r"\butc\b", r"\.utc\(", r"time_?zone", r"tzinfo", r"leeway", r"clock_?skew", r"/ ?1000", r"\* ?1000"),
            clue("added", 0.6, r"local\(", r"datetime\.now\(\)", r"new date\(", r"time\.local", r"/ ?1000", r"\* ?1000", r"loadlocation", r"\btz="),
            clue("lower", 0.7, r"leeway", r"skew", r"tolerance"),
        ),
    ),
    Mechanism(
        key="arithmetic",
        title="a number is cut, rounded or overflows",
        topic=about(r"int|float|decimal|round|amount|total|sum|count|divide|id\b"),
        signs=(
            sign(0.85, r"(?:integer|numeric|arithmetic|buffer|value|int\d*) overflow", r"overflows? ", r"arithmetic", r"(?:index|value|integer|number|numeric|int\d*|date|timestamp|id|length|array|slice|amount|argument|column|digit)\w*\W.{0,40}out of (?:range|bounds)", r"out of (?:range|bounds)\W.{0,30}(?:index|type|column|length|integer|value)", r"division by zero", r"divide by zero", r"\bnan\b", r"infinity", r"negative (?:value|amount|balance|quantity|duration)", r"precision", r"rounding", r"truncat", r"numeric value", r"integer (?:out|too)", r"must be (?:an )?(?:integer|whole)", r"(?:int(?:eger)?\d*|whole) (?:number )?expected", r"expected (?:an? )?(?:int|whole)", r"not an integer", r"safe integer", r"(?:minor units|cents)\b", r"decimal places", r"off[- ]by"),
            sign(0.3, r"mismatch", r"incorrect (?:total|amount|price)", r"wrong (?:total|amount|price)"),
        ),
        clues=(
            clue("turned", 0.8, r"int(?:8|16|32|64)?\b", r"float", r"decimal", r"round", r"parseint", r"uint", r"\bcast", r"bigint", r"/ ?100", r"\* ?100", r"len\(", r"[<>]=?"),
            clue("removed", 0.75, r"decimal", r"bigint", r"round", r"== 0", r"max\(", r"min\(", r"clamp", r"len\(", r"abs\("),
            clue("added", 0.4, r"int32\(", r"float\w*\(", r"parseint", r" / ", r"uint"),
            clue("added", 0.7, r"\bdiv\(", r"\bdivide\w*\(", r"\bmod\(", r"floordiv"),
            clue("flipped", 0.7, r""),
        ),
    ),
    Mechanism(
        key="validation",
        title="valid input is refused",
        topic=about(r"valid|schema|required|strict|check|pattern|allow|rule|input"),
        signs=(
            sign(0.7, r"validation (?:error|failed|failure)", r"invalid (?:request|argument|input|parameter|value|email|address|currency|locale)", r"\b400\b", r"\b422\b", r"bad request", r"must (?:be|match|not)", r"not allowed", r"rejected by (?:rule|policy|filter|validator|waf)", r"failed constraint", r"does not match", r"is required"),
        ),
        meters=(rises(0.6, r"4xx", r"400", r"422", r"validation", r"invalid", r"reject", r"bad_request"),),
        clues=(
            clue("added", 0.7, r"validat", r"required", r"strict", r"must_?compile", r"\bmatch\w*\(", r"reject", r"\braise\b", r"return .*err", r"not null", r"\bcheck ?\(", r"minlength|maxlength", r"pattern:", r"enum", r"throw new"),
            clue("removed", 0.7, r"optional", r"omitempty", r"default", r"nullable", r"\btrim\w*\(", r"lower\(", r"normaliz", r"allow", r"\|\|", r"strip\("),
            clue("turned", 0.75, r"validat", r"regexp?", r"pattern", r"\bmin\b", r"\bmax\b", r"enum", r"allowed", r"required", r"strict"),
            clue("lower", 0.6, r"max", r"limit", r"length"),
            clue("higher", 0.5, r"min"),
            clue("flipped", 0.7, r""),
        ),
    ),
)  # fmt: skip
