"""The SQL about what keeps a server able to go on. Only catalogues and statistics views; every list is bounded."""

from __future__ import annotations

from psycopg.sql import SQL

STATE = SQL("""
    SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float AS uptime_s,
           pg_is_in_recovery() AS in_recovery,
           pg_is_in_recovery() OR EXISTS (
               SELECT FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase
               WHERE 'default_transaction_read_only=on' = ANY (s.setconfig) AND coalesce(d.datname = current_database(), true)
           ) AS read_only
""")

SETTINGS = SQL("""
    SELECT name, setting || coalesce(unit, '') AS value, pending_restart FROM pg_settings
    WHERE name IN ('max_connections', 'shared_buffers', 'work_mem', 'maintenance_work_mem', 'effective_cache_size',
                   'max_wal_size', 'wal_level', 'synchronous_commit', 'synchronous_standby_names', 'autovacuum',
                   'random_page_cost', 'max_parallel_workers_per_gather', 'jit', 'fsync', 'full_page_writes',
                   'shared_preload_libraries', 'max_locks_per_transaction', 'checkpoint_timeout', 'wal_segment_size')
       OR pending_restart
    ORDER BY name LIMIT 60
""")

AGES = SQL("""
    SELECT datname::text AS database, age(datfrozenxid)::bigint AS xids, mxid_age(datminmxid)::bigint AS multixacts,
           current_setting('autovacuum_freeze_max_age')::bigint AS freeze_max
    FROM pg_database WHERE datallowconn ORDER BY 2 DESC LIMIT 20
""")

HORIZONS = SQL("""
    SELECT * FROM (
        SELECT 'session' AS kind, pid::text AS name, age(backend_xmin)::bigint AS age,
               coalesce(application_name, '') || ' ' || coalesce(state, '') AS detail,
               extract(epoch FROM clock_timestamp() - xact_start)::float AS held_s
        FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()
        UNION ALL
        SELECT 'prepared transaction', gid, age(transaction)::bigint, owner::text,
               extract(epoch FROM clock_timestamp() - prepared)::float FROM pg_prepared_xacts
        UNION ALL
        SELECT 'slot', slot_name::text, greatest(age(xmin), age(catalog_xmin))::bigint,
               CASE WHEN active THEN 'active' ELSE 'inactive' END, NULL FROM pg_replication_slots
        WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL
        UNION ALL
        SELECT 'standby', coalesce(application_name, ''), age(backend_xmin)::bigint, coalesce(state, ''), NULL
        FROM pg_stat_replication WHERE backend_xmin IS NOT NULL
    ) held ORDER BY age DESC NULLS LAST LIMIT 10
""")

SLOTS = SQL("""
    SELECT slot_name::text AS name, active, coalesce({wal_status}, '') AS wal_status,
           coalesce(pg_wal_lsn_diff(
               CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, restart_lsn
           ), 0)::bigint AS retained_bytes
    FROM pg_replication_slots ORDER BY 4 DESC LIMIT 20
""")

PREPARED = SQL("""
    SELECT gid, extract(epoch FROM clock_timestamp() - prepared)::float AS age_s, owner::text AS owner
    FROM pg_prepared_xacts ORDER BY prepared LIMIT 20
""")

ARCHIVER = SQL("""
    SELECT failed_count::bigint AS failed, extract(epoch FROM clock_timestamp() - last_failed_time)::float AS failed_s,
           extract(epoch FROM clock_timestamp() - last_archived_time)::float AS archived_s
    FROM pg_stat_archiver WHERE current_setting('archive_mode') <> 'off'
""")

CHECKPOINTS = SQL("SELECT num_timed::bigint AS timed, num_requested::bigint AS requested FROM pg_stat_checkpointer")

CHECKPOINTS_BEFORE_17 = SQL("""
    SELECT checkpoints_timed::bigint AS timed, checkpoints_req::bigint AS requested FROM pg_stat_bgwriter
""")

SEQUENCES = SQL("""
    SELECT schemaname || '.' || sequencename AS name, (last_value::float / max_value)::float AS used
    FROM pg_sequences WHERE last_value IS NOT NULL AND NOT cycle AND increment_by > 0 ORDER BY 2 DESC LIMIT 10
""")

INVALID_INDEXES = SQL("""
    SELECT i.indexrelid::regclass::text AS name FROM pg_index i
    WHERE NOT i.indisvalid AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.relation = i.indexrelid AND l.pid <> pg_backend_pid())
    LIMIT 20
""")

VACUUMS = SQL("""
    SELECT coalesce(relid::regclass::text, '?') || ' ' || phase AS name FROM pg_stat_progress_vacuum
    WHERE datname = current_database() LIMIT 10
""")

TABLES = SQL("""
    SELECT s.schemaname || '.' || s.relname AS name, n_live_tup::bigint AS live, n_dead_tup::bigint AS dead,
           seq_scan::bigint AS seq_scans, seq_tup_read::bigint AS seq_rows, coalesce(idx_scan, 0)::bigint AS index_scans,
           extract(epoch FROM clock_timestamp() - greatest(last_autovacuum, last_vacuum))::float AS vacuumed_s,
           c.relpages::bigint * 8192 AS bytes
    FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
    ORDER BY seq_tup_read + 10 * n_dead_tup DESC LIMIT 30
""")

SEQUENCES_HIDDEN = SQL("""
    SELECT count(*) AS hidden FROM pg_sequences
    WHERE last_value IS NULL AND NOT has_sequence_privilege(format('%I.%I', schemaname, sequencename), 'USAGE, SELECT')
""")
