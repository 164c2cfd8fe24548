"""What keeps and carries data for services, as run by others: databases, poolers, caches, brokers, searches, and what they may use."""

from __future__ import annotations

from typing import Final

from tocsin.domain.diagnosis.correlation.mechanisms.mechanism import Mechanism, about, clue, falls, rises, sign

STORES: Final[tuple[Mechanism, ...]] = (
    Mechanism(
        key="pooler_mode",
        title="what belongs to one database session is used in another",
        topic=about(r"pool_?mode|pgbouncer|pooler|odyssey|proxysql|rds_?proxy|prepared|server_reset"),
        signs=(
            sign(0.97, r"prepared statement .{0,80}(?:does not exist|already exists)|unnamed prepared statement|\b26000\b|42p05", r"advisory lock .{0,40}(?:not held|don'?t own|not owned)|don'?t own a lock", r"temporary table|cursor .{0,40}does not exist", r"current transaction is aborted", r"session (?:variable|setting|state) .{0,30}(?:lost|reset|unknown)", r"unsupported startup parameter"),
        ),
        meters=(rises(0.4, r"prepared"),),
        clues=(
            clue("turned", 0.97, r"pool_?mode", r"\bsession\b.*|\btransaction\b|\bstatement\b", r"prepare_?threshold|prepared|statement_?cache|server_?reset|pinning|ignore_?startup"),
            clue("lower", 0.95, r"prepared"),
            clue("removed", 0.9, r"prepare_?threshold|server_?reset|statement_?cache|max_?prepared|ignore_?startup|simple_?protocol"),
            clue("added", 0.85, r"pgbouncer|pooler|pool_?mode|rds_?proxy|proxysql|:6432"),
        ),
    ),
    Mechanism(
        key="hung_up",
        title="one side closes idle connections that the other still takes for open",
        topic=about(r"idle|keep_?alive|life_?time|wait_timeout|max_?age|validation|pre_?ping|test_?on"),
        signs=(
            sign(0.95, r"communications link failure|last packet (?:sent|successfully)|no operations allowed after connection closed", r"server has gone away|lost connection to (?:mysql|server|database)", r"terminating connection due to (?:idle|administrator)|idle[- ]?(?:in[- ]transaction )?(?:session )?timeout", r"shorter max_?lifetime", r"server closed the connection unexpectedly|connection (?:was |has been )?(?:closed|terminated) (?:by|unexpectedly)", r"(?:upstream|target|server|backend|peer) (?:prematurely )?closed (?:the )?connection", r"(?:connection|stream|subscription|session) .{0,60}(?:lost|dropped|closed)\W.{0,20}(?:eof|reset|reconnect|resubscrib)|resubscrib\w+|reconnecting", r"socket hang up|econnreset|connection reset by peer|use of closed (?:network )?connection|http: server closed idle|goaway"),
            sign(0.5, r"broken pipe|\bepipe\b|unexpected eof|\beof\b|connection (?:is )?closed"),
        ),
        meters=(rises(0.8, r"aborted_?(?:clients|connects)|conn\w*_?(?:reset|closed|aborted)|resets?(?:_|$)|re_?connect"), rises(0.4, r"502|new_?conn|connections?_created")),
        clues=(
            clue("lower", 0.95, r"wait_?timeout|interactive_?timeout", r"idle", r"keep_?alive", r"tcp_?keepalives", r"max_?(?:connection_?)?age|client_?idle|server_?life"),
            clue("higher", 0.92, r"max_?(?:life_?time|idle|conn\w*_?age)|idle_?time|keep_?alive|pool_?recycle|conn_?max_?age|evict"),
            clue("removed", 0.92, r"keep_?alive|max_?life_?time|max_?idle|pre_?ping|test_?(?:on_?borrow|while_?idle)|validation_?query|pool_?recycle|conn_?max|idle_?timeout|check_?out"),
            clue("turned", 0.75, r"idle_?timeout|keep_?alive|pre_?ping|life_?time|test_?on|^\s*(?:tcp_?)?timeout\W"),
            clue("added", 0.7, r"idle_?(?:session|client|in_transaction)|wait_?timeout|connection: close"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="server_limit",
        title="a setting of the database server stops statements that used to finish, or gives them too little",
        topic=about(r"statement_?timeout|max_?execution|lock_?timeout|work_?mem|buffer_?pool|shared_?buffers|parameter_?group|temp_?file"),
        signs=(
            sign(0.95, r"canceling statement due to (?:statement|lock|user|conflict)", r"maximum statement execution time|max_?execution_?time|query execution was interrupted", r"temporary file(?: size exceeds|: path)|temp_?file_?limit|out of shared memory|max_locks_per_transaction", r"sort aborted|sort_?buffer|disk sort|external merge", r"lock request time out|lock wait timeout exceeded"),
            sign(0.4, r"statement timeout|query timeout"),
        ),
        meters=(rises(0.6, r"temp_?(?:files|bytes)|cancel|disk_?reads|blks_read"), falls(0.6, r"buffer\w*hit|hit_?ratio")),
        clues=(
            clue("lower", 0.97, r"statement_?timeout|max_?execution|lock_?timeout|innodb_lock_wait|work_?mem|sort_?(?:mem|buffer)|shared_?buffers|buffer_?pool|effective_?cache|temp_?file|max_?locks|tmp_table|max_?heap"),
            clue("added", 0.92, r"statement_?timeout|max_?execution|lock_?timeout|idle_in_transaction|temp_?file_?limit|query_?timeout"),
            clue("turned", 0.95, r"statement_?timeout|max_?execution|lock_?timeout|work_?mem|isolation|query_?timeout"),
            clue("higher", 0.7, r"random_?page_?cost|work_?mem|max_?parallel|autovacuum"),
            clue("removed", 0.85, r"work_?mem|buffer_?pool|shared_?buffers|tmp_table|sort_?buffer"),
        ),
    ),
    Mechanism(
        key="vacuum",
        title="what a store should tidy away is left, or its tidying stands in the way",
        topic=about(r"vacuum|compact|merge|optimi[sz]e|analy[sz]e|tombstone|gc_?grace"),
        signs=(
            sign(0.92, r"dead (?:tuples|rows)|\bbloat", r"wraparound|oldest xmin|autovacuum", r"tombstones?", r"compactions? (?:pending|behind|backlog)|pending compactions", r"merge (?:backlog|throttl)|too many parts", r"stale statistics|bad plan|plan changed"),
        ),
        meters=(rises(0.85, r"dead_?(?:tup|rows)|bloat|tombstone|pending_compact|compaction|sstables|parts"),),
        clues=(
            clue("turned", 0.95, r"vacuum|compaction|analy[sz]e|optimi[sz]e|gc_?grace"),
            clue("higher", 0.92, r"vacuum|naptime|scale_?factor|gc_?grace|compaction|cost_?delay"),
            clue("lower", 0.9, r"vacuum|max_?workers|compact|merge|throughput"),
            clue("removed", 0.9, r"vacuum|compact|analy[sz]e|optimi[sz]e|pg_repack"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="replica_reads",
        title="reads go to a copy that is behind, or writes to one that takes none",
        topic=about(r"replica|reader|writer|read_?only|primary|standby|secondary|target_session|read_?preference"),
        signs=(
            sign(0.95, r"read[- ]?only (?:transaction|replica|mode|server|instance)|\breadonly\b|--read-only|--super-read-only", r"replica(?:tion)? lag|seconds? behind|lagging replica", r"stale read|read[- ]your|not (?:yet )?visible|just (?:created|written)", r"conflict with recovery", r"not (?:the )?(?:primary|master|leader|writable)|notwritableprimary|not_?primary"),
            sign(0.4, r"not found (?:right|shortly|immediately) after"),
        ),
        meters=(rises(0.85, r"replica\w*_?lag|replication_?(?:lag|delay)|seconds_behind|stale"), rises(0.4, r"404|not_?found")),
        clues=(
            clue("turned", 0.95, r"reader|writer|replica|primary|read_?only|standby|secondary|target_?session|read_?preference|\bcluster-ro\b|-ro-|\bro\b|route"),
            clue("higher", 0.85, r"max_?standby|max_?lag|staleness|apply_?delay|wal_|sync"),
            clue("lower", 0.9, r"replicas?|max_?standby|wal_?keep|replica_?count|num_?replicas|reader"),
            clue("added", 0.9, r"replica|reader|read_?only|secondary|read_?preference"),
            clue("removed", 0.9, r"primary|writer|target_?session|replica|max_?lag|max_?staleness|hot_standby|sync"),
        ),
    ),
    Mechanism(
        key="sharded_cache",
        title="a cache or store is laid out over shards in a way its clients do not know",
        topic=about(r"cluster|shard|slot|node_?groups?|replication_?group|hash_?tag"),
        signs=(
            sign(0.97, r"crossslot|hash(?:ed)? (?:slot|to the same)", r"\bmoved \S+ \S+:\d+|\bmoved\b.{0,12}\d+\.\d+\.\d+\.\d+|\bask \d+ ", r"clusterdown|cluster is down|cluster support disabled", r"(?:no|unknown) (?:reachable )?node in (?:the )?cluster|slot .{0,20}not (?:covered|served)"),
        ),
        clues=(
            clue("turned", 0.95, r"cluster_?(?:mode|enabled|on\b)|cluster\.on|num_?(?:node_?groups|cache_?clusters|shards)|node_?groups?|parameter_?group|shard|replication_?group|configuration_?endpoint|topology"),
            clue("added", 0.95, r"num_?node_?groups|replicas_?per|cluster_?(?:mode|enabled)|cluster\.on|shards?\b|cluster-enabled"),
            clue("removed", 0.9, r"num_?cache_?clusters|hash_?tag|\{\w*\}|cluster_?client|shard"),
            clue("higher", 0.85, r"shards?|node_?groups?"),
            clue("lower", 0.85, r"shards?|node_?groups?"),
        ),
        prompt=True,
    ),
    Mechanism(
        key="eviction",
        title="a cache's memory or policy makes it drop keys or refuse writes",
        topic=about(r"max_?memory|evict|policy|node_?type|cache"),
        signs=(
            sign(0.95, r"oom command not allowed|used memory > ", r"evict(?:ed|ion|ing|ions)\b", r"key (?:was )?(?:evicted|dropped)|session (?:not found|lost|evicted)", r"misconf|can'?t save in background|stop-writes-on-bgsave"),
        ),
        meters=(rises(0.9, r"evict|evicted_keys|rejected"), falls(0.6, r"hit_?(?:ratio|rate)|keys(?:_|$)"), rises(0.5, r"miss")),
        clues=(
            clue("turned", 0.97, r"max_?memory[-_]?policy|noeviction|allkeys|volatile|evict|node_?type|stop-writes"),
            clue("lower", 0.97, r"max_?memory|node_?type|cache_?size|memory|reserved"),
            clue("higher", 0.8, r"reserved_?memory|max_?memory_?samples"),
            clue("removed", 0.9, r"max_?memory|evict|\bttl\b|expire"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="log_retention",
        title="a broker has let go of records before they were read",
        topic=about(r"retention|cleanup\.policy|segment|offset|compact|max_?length|message_?ttl"),
        signs=(
            sign(0.97, r"offset.{0,60}out ?of ?range|out of range for partition|offset_?out_?of_?range", r"resetting offset|reset(?:ting)? (?:to )?(?:latest|earliest)|fetch position", r"log start offset|earliest available", r"(?:records?|messages?|events?) (?:were |was )?(?:expired|truncated|skipped|no longer available)|data loss", r"trimmed"),
        ),
        meters=(falls(0.7, r"log_?size|retained|segments|bytes_?stored|topic_?size"), rises(0.7, r"skipp|lost|gap|offset_?reset"), rises(0.4, r"log_start")),
        clues=(
            clue("lower", 0.97, r"retention|segment|max_?(?:age|bytes|length)|message_?ttl|expir|log\.\w+"),
            clue("turned", 0.9, r"retention|cleanup\.?_?policy|compact|auto\.?_?offset|message_?ttl|overflow"),
            clue("added", 0.85, r"retention|x-message-ttl|x-max-length|message_?ttl|delete_?records|cleanup\.policy"),
            clue("removed", 0.85, r"retention|compact|auto\.?_?offset"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="broker_rules",
        title="a broker takes or gives records under other rules",
        topic=about(r"insync|acks|replication_?factor|redrive|receive_?count|dead_?letter|max_?deliver|x-|quota|watermark|prefetch"),
        signs=(
            sign(0.95, r"not_?enough_?replicas|fewer in-?sync|min\.?insync|under_?min_?isr", r"precondition_failed|inequivalent arg|channel (?:error|closed by server)", r"memory alarm|connection\.blocked|blocked by (?:the )?broker|flow control|vm_memory_high", r"topicauthorization|not authorized to access (?:topic|group)|unknown_topic|unknown topic or partition|leader_not_available", r"(?:moved|sent|routed|going) to (?:the )?(?:dead[- ]?letter|dlq)|max_?receive_?count|receive count|delivery[- ](?:limit|count)|max(?:imum)? deliver", r"dead[- ]letter(?:ed|s)?|\bdlq\b", r"unroutable|no queue bound|returned: no_route", r"producer (?:is )?fenced|transactional id"),
        ),
        meters=(rises(0.85, r"dlq|dead_?letter|unroutable|under_?(?:min_?isr|replicated)|returned|produce\w*(?:err|fail|throttle)"),),
        clues=(
            clue("lower", 0.97, r"max_?receive_?count|max_?deliver\w*|delivery_?limit|max_?attempts|replication_?factor|\backs\b|watermark|quota|max_?length|retries"),
            clue("higher", 0.95, r"insync|replication|required_?acks"),
            clue("turned", 0.92, r"redrive|dead_?letter|\backs\b|exchange|routing_?key|binding|durable|queue_?type|x-\w+|insync|delivery_?mode|filter_?policy|idempoten|acl|principal"),
            clue("added", 0.85, r"x-\w[\w-]*|redrive|dead_?letter|max_?receive|filter_?policy|quota|acl"),
            clue("removed", 0.9, r"redrive|dead_?letter|binding|\bbind\b|acl|insync|auto\.?create|exchange|permission"),
        ),
    ),
    Mechanism(
        key="provisioned",
        estate=True,
        title="less throughput was bought than is used",
        topic=about(r"iops|throughput|capacity|concurren|\brcu|\bwcu|burst|instance_?class|volume_?type|\bacu"),
        signs=(
            sign(0.92, r"provisioned ?throughput|throughput exceeded", r"throttlingexception|rate exceeded|requestlimitexceeded|slow ?down\b", r"reserved ?function ?concurrent|concurrent (?:executions?|invocation)|function.{0,30}throttl|toomanyrequestsexception", r"volume (?:queue|throttl|saturat)|iops (?:limit|exceed|saturat)|burst (?:balance|credits?)|io (?:credits?|throttl)|cpu credits?", r"(?:disk|io|storage) (?:wait|latency|stall)|i/o wait|slow (?:fsync|disk|wal)|fsync .{0,30}(?:slow|took)|wal write took"),
            sign(0.4, r"throttl"),
        ),
        meters=(rises(0.85, r"volume_?queue|disk_?queue|io_?wait|iowait|throttl|await|(?:read|write|fsync|commit)_?lat"), falls(0.85, r"burst_?balance|credit|iops|throughput")),
        clues=(
            clue("lower", 0.97, r"iops|throughput|(?:read|write)_?(?:capacity|units)|reserved_?concurren|provisioned|\b[rw]cu|max_?capacity|min_?capacity|burst|\bacu|_units?\b|shard_?count|capacity"),
            clue("turned", 0.92, r"volume_?type|storage_?type|\bgp[23]\b|\bio[12]\b|instance_?(?:class|type)|billing_?mode|pay_?per|storage_?class|db\.\w+\.\w+|cache\.\w+\.\w+|throughput_?mode"),
            clue("removed", 0.9, r"iops|throughput|provisioned|reserved_?concurren|appautoscaling|autoscal|max_?capacity"),
            clue("added", 0.85, r"reserved_?concurren|billing_?mode|iops"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="cloud_access",
        estate=True,
        title="a cloud's policy no longer allows what a service does",
        topic=about(r"\biam\b|iam_?polic|principal|\bkms\b|\bsts\b|service_?account|\boidc\b|vpc_?endpoint"),
        signs=(
            sign(0.97, r"access ?denied(?:exception)?", r"not authorized to perform|explicit deny|no identity-based policy", r"assume_?role|invalididentitytoken|webidentity|sts:", r"kms\b.{0,60}(?:denied|disabled|invalid)|kms:\w+|kmsaccessdenied", r"does not have (?:storage|permission)|iam permission|permission \S+ denied|permission_denied|caller does not have", r"signaturedoesnotmatch|invalidaccesskeyid|expiredtoken"),
        ),
        meters=(rises(0.7, r"denied|403|unauthor"),),
        clues=(
            clue("removed", 0.95, r"\w+:[A-Z*]\w*", r"actions?|statement|principal|policy_?attachment|\brole|grant|binding|member\b|service_?account|eks\.amazonaws|key_?policy"),
            clue("turned", 0.93, r"resources?\b|\barn:|effect|condition|principal|actions?\b|role|policy|service_?account|audience|kms|key_?id|account_?id|string(?:equals|like)|source_?vpce?|bucket_?polic"),
            clue("added", 0.92, r"\bdeny\b|condition|string(?:equals|notequals|like)|source_?vpce?|source_?ip|secure_?transport|permissions?_?boundary|block_?public|service_?control|key_?rotation"),
        ),
    ),
    Mechanism(
        key="search_cluster",
        title="a search cluster refuses work under its settings",
        topic=about(r"shards?|index|refresh|ilm|rollover|breaker|watermark|analyzer|alias"),
        signs=(
            sign(0.95, r"maximum (?:normal )?shards|this cluster currently has", r"circuit_?breaking", r"es_?rejected|rejected execution", r"all shards failed|no_?shard_?available|search_?phase_?execution", r"cluster_?block|index_?not_?found|index read-only|flood[- ]stage", r"too_?many_?(?:buckets|clauses)|result window is too large", r"limit of total fields"),
        ),
        meters=(rises(0.7, r"unassigned|shards|rejected|breaker"),),
        clues=(
            clue("lower", 0.95, r"max_?shards|breaker|queue_?size|max_?result|total_?fields|watermark|heap|replicas|max_?buckets|max_?clause"),
            clue("higher", 0.9, r"number_?of_?(?:shards|replicas)|refresh|rollover|shards"),
            clue("turned", 0.9, r"shards|replicas|refresh_?interval|alias|rollover|index_?(?:name|pattern|template)|ilm|analyzer|dynamic|breaker"),
            clue("removed", 0.85, r"rollover|ilm|alias|index_?template|total_?fields|delete_?phase"),
        ),
        lingers=True,
    ),
    Mechanism(
        key="collector_state",
        title="what a machine's own collector of garbage may use makes a program stand still",
        topic=about(r"-xx:|xmx|xms|gogc|gomemlimit|heap|\bgc\b|old_?space|metaspace|processor_?count"),
        signs=(
            sign(0.95, r"(?:full|concurrent mode failure|mixed|young) gc|gc (?:pause|overhead|stall|took)|pause (?:full|young|remark)|\bgc\b.{0,40}\d+ ?ms", r"to-?space exhausted|evacuation (?:pause|failure)|allocation stall|stop-the-world|safepoint", r"metaspace", r"garbage collect(?:ion|or)"),
        ),
        meters=(rises(0.8, r"gc_?(?:pause|time|count|duration|cpu)|stw"),),
        clues=(
            clue("turned", 0.95, r"-xx:|\bxm[xs]|gogc|gomemlimit|use\w+gc|ram_?percentage|processor_?count|node_?options|old_?space|gc_?conf"),
            clue("lower", 0.95, r"xm[xsn]|gogc|gomemlimit|heap|ram_?percentage|old_?space|metaspace|gc_?threads|cpu"),
            clue("removed", 0.9, r"-xx:|gomemlimit|gogc|xmx|old_?space"),
            clue("added", 0.85, r"-xx:|gogc|gomemlimit|use\w+gc"),
        ),
        lingers=True,
    ),
)  # fmt: skip
