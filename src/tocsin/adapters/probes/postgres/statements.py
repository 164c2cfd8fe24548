"""The SQL the probe asks. Only statistics views, never a table of the application; every list is bounded."""

from __future__ import annotations

from psycopg.sql import SQL

COUNTERS = SQL("""
    SELECT coalesce(sum(deadlocks), 0)::bigint AS deadlocks, coalesce(sum(xact_commit), 0)::bigint AS commits,
           coalesce(sum(xact_rollback), 0)::bigint AS rollbacks, coalesce(sum(blks_hit), 0)::bigint AS blocks_hit,
           coalesce(sum(blks_read), 0)::bigint AS blocks_read, coalesce(sum(temp_bytes), 0)::bigint AS temp_bytes,
           coalesce(sum(conflicts), 0)::bigint AS conflicts,
           coalesce(sum(checksum_failures), 0)::bigint AS checksum_failures
    FROM pg_stat_database
""")

HIDDEN = SQL("""
    SELECT count(*) AS hidden FROM pg_stat_activity
    WHERE usename IS NOT NULL AND backend_start IS NULL AND pid <> pg_backend_pid()
""")

LIMITS = SQL("""
    SELECT name, setting FROM pg_settings
    WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')
""")

USED = SQL("SELECT count(*) AS used FROM pg_stat_activity WHERE backend_type = 'client backend'")

USED_BY_ALL = SQL("SELECT coalesce(sum(numbackends), 0) AS used FROM pg_stat_database WHERE datname IS NOT NULL")

GROUPS = SQL("""
    SELECT coalesce(application_name, '') AS application, coalesce(usename::text, '') AS "user",
           coalesce(datname::text, '') AS database, coalesce(state, 'hidden') AS state, count(*)::int AS count,
           coalesce(max(extract(epoch FROM clock_timestamp() - state_change)), 0)::float AS oldest_s
    FROM pg_stat_activity
    WHERE (backend_type = 'client backend' OR backend_type IS NULL) AND pid <> pg_backend_pid()
    GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 4 LIMIT 50
""")

SESSIONS = SQL("""
    SELECT pid, backend_start, xact_start, state_change, coalesce(state, '') AS state,
           coalesce(application_name, '') AS application, coalesce(usename::text, '') AS "user",
           coalesce(datname::text, '') AS database, coalesce(client_addr::text, '') AS client,
           coalesce(wait_event_type, '') AS wait_event_type, {query_id} AS query_id, left(coalesce(query, ''), 4000) AS query,
           coalesce(extract(epoch FROM clock_timestamp() - query_start), 0)::float AS query_s,
           coalesce(extract(epoch FROM clock_timestamp() - state_change), 0)::float AS state_s,
           coalesce(extract(epoch FROM clock_timestamp() - xact_start), 0)::float AS xact_s
    FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND {where}
""")

IDLE = SQL("state LIKE 'idle in transaction%' ORDER BY state_change LIMIT 200")

LONG = SQL("""
    state = 'active' AND backend_type = 'client backend' AND clock_timestamp() - query_start > interval '5 seconds'
    ORDER BY query_start LIMIT 20
""")

BY_PID = SQL("pid = ANY(%(pids)s) ORDER BY pid")

WAITS = SQL("""
    SELECT a.pid, pg_blocking_pids(a.pid) AS blockers,
           coalesce(extract(epoch FROM clock_timestamp() - coalesce(min(l.waitstart), a.query_start)), 0)::float AS wait_s,
           coalesce(min(l.mode), '') AS mode
    FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid AND NOT l.granted
    WHERE a.wait_event_type = 'Lock' GROUP BY a.pid, a.query_start ORDER BY wait_s DESC LIMIT 100
""")

WAITS_BEFORE_14 = SQL("""
    SELECT pid, pg_blocking_pids(pid) AS blockers,
           coalesce(extract(epoch FROM clock_timestamp() - query_start), 0)::float AS wait_s, '' AS mode
    FROM pg_stat_activity WHERE wait_event_type = 'Lock' ORDER BY wait_s DESC LIMIT 100
""")

SIZE = SQL("SELECT pg_database_size(current_database()) AS size")

STATEMENTS_SCHEMA = SQL("""
    SELECT n.nspname AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'pg_stat_statements'
""")

# Without the texts, which lie in a file of their own and are most of the cost.
STATEMENT_COSTS = SQL("""
    SELECT queryid AS query_id, sum(calls)::bigint AS calls, sum(total_exec_time)::float / 1000 AS total_s,
           sum(shared_blks_hit + shared_blks_read)::bigint AS blocks
    FROM {function}(false)
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND queryid IS NOT NULL
    GROUP BY queryid LIMIT 5000
""")

STATEMENTS = SQL("""
    SELECT queryid AS query_id, left(min(query), 4000) AS query, sum(calls)::bigint AS calls,
           (sum(total_exec_time) / sum(calls))::float / 1000 AS mean_s, sum(total_exec_time)::float / 1000 AS total_s,
           sum(shared_blks_hit + shared_blks_read)::bigint AS blocks
    FROM {view}
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND queryid IS NOT NULL
    GROUP BY queryid
    ORDER BY queryid = ANY(%(ids)s) DESC, sum(total_exec_time) / sum(calls) DESC LIMIT 30
""")

STANDBYS = SQL("""
    SELECT coalesce(application_name, '') AS name, coalesce(state, '') AS state,
           extract(epoch FROM replay_lag)::float AS lag_s,
           pg_wal_lsn_diff(sent_lsn, replay_lsn)::bigint AS lag_bytes
    FROM pg_stat_replication LIMIT 20
""")

OWN_LAG = SQL("""
    SELECT 'self' AS name, '' AS state, NULL::bigint AS lag_bytes,
           CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
                ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END::float AS lag_s
    WHERE pg_is_in_recovery()
""")
