"""The SQL about the room that tables, indexes and WAL take: catalogues and column statistics, never a table itself."""

from __future__ import annotations

from psycopg.sql import SQL

# Of what is at least 10 MiB large; smaller bloat is nobody's trouble.
TABLES = SQL("""
    WITH big AS (
        SELECT c.oid, n.nspname, c.relname, c.relpages::bigint * current_setting('block_size')::bigint AS bytes,
               greatest(c.reltuples, 0)::bigint AS rows,
               coalesce((SELECT option_value::int FROM pg_options_to_table(c.reloptions) WHERE option_name = 'fillfactor'), 100)
                   / 100.0::float AS fill
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
          AND c.relpages::bigint * current_setting('block_size')::bigint >= 10485760
        ORDER BY c.relpages DESC LIMIT 20
    )
    SELECT nspname || '.' || relname AS name, bytes, rows, fill, w.data::float AS row_bytes, w.nullable,
           w.columns AS known, (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = oid AND a.attnum > 0 AND NOT a.attisdropped)
               AS columns
    FROM big, LATERAL (
        SELECT sum((1 - s.null_frac) * s.avg_width) AS data, coalesce(bool_or(s.null_frac > 0), false) AS nullable,
               count(*) AS columns
        FROM pg_stats s WHERE s.schemaname = nspname AND s.tablename = relname AND NOT s.inherited
    ) w
""")

INDEXES = SQL("""
    WITH big AS (
        SELECT c.oid, n.nspname, c.relname, t.relname AS of_table, i.indrelid, i.indkey,
               c.relpages::bigint * current_setting('block_size')::bigint AS bytes, greatest(c.reltuples, 0)::bigint AS rows,
               coalesce((SELECT option_value::int FROM pg_options_to_table(c.reloptions) WHERE option_name = 'fillfactor'), 90)
                   / 100.0::float AS fill
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am a ON a.oid = c.relam
        JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = i.indrelid
        WHERE a.amname = 'btree' AND i.indisvalid AND n.nspname NOT IN ('pg_catalog', 'information_schema')
          AND 0 <> ALL (i.indkey::int2[]) AND c.relpages::bigint * current_setting('block_size')::bigint >= 10485760
        ORDER BY c.relpages DESC LIMIT 20
    )
    SELECT nspname || '.' || relname AS name, bytes, rows, fill, w.data::float AS row_bytes, w.nullable,
           w.columns AS known, array_length(indkey::int2[], 1) AS columns
    FROM big, LATERAL (
        SELECT sum((1 - s.null_frac) * s.avg_width) AS data, coalesce(bool_or(s.null_frac > 0), false) AS nullable,
               count(*) AS columns
        FROM pg_attribute k JOIN pg_stats s
          ON s.schemaname = nspname AND s.tablename = of_table AND s.attname = k.attname AND NOT s.inherited
        WHERE k.attrelid = indrelid AND k.attnum = ANY (indkey::int2[])
    ) w
""")

# Dead rows that autovacuum would take up by its own rule, and whether it may: the table's options win over the server's.
DEBTS = SQL("""
    SELECT s.schemaname || '.' || s.relname AS name, s.n_dead_tup::bigint AS dead,
           (coalesce((o.own ->> 'autovacuum_vacuum_threshold')::float, current_setting('autovacuum_vacuum_threshold')::float)
            + coalesce((o.own ->> 'autovacuum_vacuum_scale_factor')::float,
                       current_setting('autovacuum_vacuum_scale_factor')::float) * greatest(c.reltuples, 0))::bigint AS due,
           coalesce((o.own ->> 'autovacuum_enabled')::bool, true) AND current_setting('autovacuum')::bool AS automatic,
           extract(epoch FROM clock_timestamp() - greatest(s.last_autovacuum, s.last_vacuum))::float AS vacuumed_s
    FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid, LATERAL (
        SELECT coalesce(json_object_agg(option_name, option_value), '{}') AS own FROM pg_options_to_table(c.reloptions)
    ) o
    ORDER BY s.n_dead_tup DESC LIMIT 20
""")

WAL = SQL("""
    SELECT count(*) AS files, coalesce(sum(size), 0)::bigint AS bytes,
           (SELECT setting::bigint * 1048576 FROM pg_settings WHERE name = 'max_wal_size') AS most,
           coalesce((SELECT setting::bigint * 1048576 FROM pg_settings WHERE name = 'wal_keep_size'), 0) AS kept
    FROM pg_ls_waldir()
""")

WRITTEN = SQL("""
    SELECT pg_wal_lsn_diff(
        CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) ELSE pg_current_wal_lsn() END,
        '0/0'
    )::bigint AS bytes
""")
