-- The history of Chat2AnyLLM on PostgreSQL 13 or newer.
--
-- Creates an empty database, upgrades one of the web edition, upgrades one of an older desktop edition. May be run any
-- number of times, by several clients at once, by the program or by hand: psql -v ON_ERROR_STOP=1 -d NAME -f schema.sql
-- (as the owner of the tables). It never drops and never changes what it finds: it only adds what is missing. Either
-- everything is done or nothing, but for an index that the search can do without.

BEGIN;

-- Two clients that start at once take turns here; the second one finds everything in place.
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7234130264106951); END $$;

SET LOCAL lock_timeout = '15s';
SET LOCAL statement_timeout = 0;
SET LOCAL client_min_messages = warning;

-- Work where the tables are: another schema may stand before theirs on the search path, and new tables made there would
-- hide them.
DO $$
DECLARE
    found regclass := coalesce(to_regclass('sessions'), to_regclass('messages'), to_regclass('roles'));
BEGIN
    IF found IS NOT NULL THEN
        PERFORM set_config('search_path', (SELECT quote_ident(nspname) || ', ' || current_setting('search_path')
            FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = found), true);
    END IF;
END $$;

-- What is here must be ours: the check comes before the first change. C2A01 and C2A02 are told apart by the program.
DO $$
DECLARE
    wanted record;
    found_type text;
    found_version integer;
BEGIN
    FOR wanted IN SELECT * FROM (VALUES
        ('sessions', 'id', 'uuid'), ('sessions', 'title', 'text'),
        ('sessions', 'created_at', 'timestamp with time zone'),
        ('sessions', 'updated_at', 'timestamp with time zone'),
        ('messages', 'id', 'uuid'), ('messages', 'session_id', 'uuid'), ('messages', 'role', 'text'),
        ('messages', 'content', 'text'), ('messages', 'created_at', 'timestamp with time zone'),
        ('roles', 'id', 'uuid'), ('roles', 'name', 'text'), ('roles', 'instructions', 'text'),
        ('roles', 'created_at', 'timestamp with time zone'),
        ('roles', 'updated_at', 'timestamp with time zone'),
        ('chat2anyllm_templates', 'id', 'uuid'), ('chat2anyllm_templates', 'name', 'text'),
        ('chat2anyllm_templates', 'text', 'text'),
        ('chat2anyllm_templates', 'created_at', 'timestamp with time zone'),
        ('chat2anyllm_templates', 'updated_at', 'timestamp with time zone')
    ) AS expected(table_name, column_name, type_name)
    LOOP
        CONTINUE WHEN to_regclass(wanted.table_name) IS NULL;
        SELECT format_type(atttypid, NULL) INTO found_type
          FROM pg_attribute
         WHERE attrelid = to_regclass(wanted.table_name) AND attname = wanted.column_name AND NOT attisdropped;
        IF found_type IS DISTINCT FROM wanted.type_name THEN
            RAISE EXCEPTION 'The table "%" of this database is not one of Chat2AnyLLM: its column "%" should be of type %, and is %.',
                wanted.table_name, wanted.column_name, wanted.type_name, coalesce(found_type, 'missing')
                USING ERRCODE = 'C2A01';
        END IF;
    END LOOP;
    IF to_regclass('chat2anyllm_schema') IS NOT NULL THEN
        EXECUTE 'SELECT max(version) FROM chat2anyllm_schema' INTO found_version;
        IF found_version > 2 THEN
            RAISE EXCEPTION 'This database was upgraded by a newer Chat2AnyLLM Desktop (version % of the tables); this one knows version 2.',
                found_version USING ERRCODE = 'C2A02';
        END IF;
    END IF;
END $$;

-- Extensions: used where the server offers them and where we may, never required. gen_random_uuid() is built in.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['pgcrypto', 'pg_trgm'] LOOP
        BEGIN
            IF EXISTS (SELECT FROM pg_available_extensions WHERE name = wanted) THEN
                EXECUTE format('CREATE EXTENSION IF NOT EXISTS %I', wanted);
            END IF;
        EXCEPTION WHEN OTHERS THEN
            RAISE NOTICE 'The extension % is left out: %', wanted, SQLERRM;
        END;
    END LOOP;
END $$;

-- The tables are changed in a moment, once nobody else is using them. Until then they are asked for again and again and not
-- queued for: behind a queued lock everybody waits, and a web edition that holds one table and wants another would be
-- thrown out of its transaction.
DO $$
DECLARE
    present text;
    deadline timestamptz := clock_timestamp() + interval '15 seconds';
    foreign_table regclass;
BEGIN
    SELECT string_agg(to_regclass(name)::text, ', ') INTO present FROM unnest(ARRAY['sessions', 'messages', 'roles']) AS name;
    IF present IS NULL THEN
        RETURN;
    END IF;
    SELECT oid INTO foreign_table FROM pg_class
     WHERE oid IN (to_regclass('sessions'), to_regclass('messages'), to_regclass('roles'))
       AND NOT pg_has_role(relowner, 'USAGE') LIMIT 1;
    IF foreign_table IS NOT NULL THEN
        RAISE insufficient_privilege USING MESSAGE = format('must be owner of table %s', foreign_table);
    END IF;
    LOOP
        BEGIN
            EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE NOWAIT', present);
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            IF clock_timestamp() > deadline THEN
                RAISE;
            END IF;
        END;
        PERFORM pg_sleep(0.05);
    END LOOP;
END $$;

-- Shared with the web edition: exactly its tables --------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS sessions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    title text NOT NULL DEFAULT 'New Chat',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS messages (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('user', 'assistant')),
    content text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS roles (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE,
    instructions text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS idx_messages_session_created ON messages (session_id, created_at);

-- Added by the desktop edition: the web edition can ignore all of it ------------------------------------------------

ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS settings jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN IF NOT EXISTS pinned boolean NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS archived_at timestamptz,
    ADD COLUMN IF NOT EXISTS owner text;

-- No CHECK on kind and status, and no foreign key on parent_id: an older program must be able to read what a newer one
-- writes, and deleting a message must not rewrite its successors (NULL there means "follows the previous one").
ALTER TABLE messages
    ADD COLUMN IF NOT EXISTS parent_id uuid,
    ADD COLUMN IF NOT EXISTS kind text NOT NULL DEFAULT 'chat',
    ADD COLUMN IF NOT EXISTS model text,
    ADD COLUMN IF NOT EXISTS status text NOT NULL DEFAULT 'complete',
    ADD COLUMN IF NOT EXISTS reasoning text NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS usage jsonb NOT NULL DEFAULT '{}';

-- Prompt templates. Whoever may work with the roles when the table is made may work with them too.
DO $$
DECLARE
    granted record;
BEGIN
    IF to_regclass('chat2anyllm_templates') IS NULL THEN
        CREATE TABLE chat2anyllm_templates (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            name text NOT NULL UNIQUE,
            text text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now()
        );
        FOR granted IN
            SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee, privilege_type
              FROM pg_class, aclexplode(relacl)
             WHERE pg_class.oid = to_regclass('roles') AND grantee <> relowner
               AND privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
        LOOP
            EXECUTE format('GRANT %s ON chat2anyllm_templates TO %s', granted.privilege_type, granted.grantee);
        END LOOP;
    END IF;
END $$;

CREATE TABLE IF NOT EXISTS chat2anyllm_schema (
    version integer PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON chat2anyllm_schema TO PUBLIC;

-- Trigger functions of the web edition: made only where they are missing.
DO $do$
BEGIN
    IF to_regprocedure('set_roles_updated_at()') IS NULL THEN
        CREATE FUNCTION set_roles_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.updated_at = now();
            RETURN NEW;
        END $$;
    END IF;
    IF to_regprocedure('set_updated_at()') IS NULL THEN
        CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.updated_at = now();
            RETURN NEW;
        END $$;
    END IF;
    IF to_regprocedure('touch_session_on_message()') IS NULL THEN
        CREATE FUNCTION touch_session_on_message() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE sessions SET updated_at = now() WHERE id = NEW.session_id;
            RETURN NEW;
        END $$;
    END IF;
END $do$;

-- Trigger functions of the desktop edition.

CREATE OR REPLACE FUNCTION chat2anyllm_skip_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION chat2anyllm_keep_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = OLD.updated_at;
    RETURN NEW;
END $$;

-- Ids only: content never travels this way, and a payload stays far below the limit of 8,000 bytes.
CREATE OR REPLACE FUNCTION chat2anyllm_notify() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    operation text := 'upsert';
    changed_id uuid;
    changed_session uuid;
BEGIN
    IF TG_OP = 'DELETE' THEN
        operation := 'delete';
        changed_id := OLD.id;
        IF TG_TABLE_NAME = 'messages' THEN
            changed_session := OLD.session_id;
        END IF;
    ELSE
        changed_id := NEW.id;
        IF TG_TABLE_NAME = 'messages' THEN
            changed_session := NEW.session_id;
        END IF;
    END IF;
    PERFORM pg_notify('chat2anyllm', json_strip_nulls(json_build_object(
        'table', TG_TABLE_NAME, 'op', operation, 'id', changed_id, 'session_id', changed_session))::text);
    RETURN NULL;
END $$;

-- Triggers, each made only where it is missing. The first three are the web edition's. Then, in the order of their
-- names, which is the order of firing:
--   trg_sessions_bulk        restoring or copying a session touches it once for each message; 10,000 row versions in one
--                            transaction take quadratic time. Those transactions say so and set the times themselves.
--   trg_sessions_view_state  pinning, archiving or choosing a model is not activity: updated_at stays.
--   trg_*_notify             tell open windows.
DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN SELECT * FROM (VALUES
        ('roles', 'trg_roles_updated_at',
         'BEFORE UPDATE ON roles FOR EACH ROW EXECUTE FUNCTION set_roles_updated_at()'),
        ('sessions', 'trg_sessions_updated_at',
         'BEFORE UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION set_updated_at()'),
        ('messages', 'trg_messages_touch_session',
         'AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION touch_session_on_message()'),
        ('sessions', 'trg_sessions_bulk',
         'BEFORE UPDATE ON sessions FOR EACH ROW
          WHEN (current_setting(''chat2anyllm.bulk'', true) = ''on'')
          EXECUTE FUNCTION chat2anyllm_skip_row()'),
        ('sessions', 'trg_sessions_view_state',
         'BEFORE UPDATE ON sessions FOR EACH ROW
          WHEN (OLD.title = NEW.title AND (OLD.settings, OLD.pinned, OLD.archived_at, OLD.owner)
                IS DISTINCT FROM (NEW.settings, NEW.pinned, NEW.archived_at, NEW.owner))
          EXECUTE FUNCTION chat2anyllm_keep_updated_at()'),
        ('sessions', 'trg_sessions_notify',
         'AFTER INSERT OR UPDATE OR DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION chat2anyllm_notify()'),
        ('messages', 'trg_messages_notify',
         'AFTER INSERT OR UPDATE OR DELETE ON messages FOR EACH ROW
          WHEN (current_setting(''chat2anyllm.bulk'', true) IS DISTINCT FROM ''on'')
          EXECUTE FUNCTION chat2anyllm_notify()'),
        ('roles', 'trg_roles_notify',
         'AFTER INSERT OR UPDATE OR DELETE ON roles FOR EACH ROW EXECUTE FUNCTION chat2anyllm_notify()'),
        ('chat2anyllm_templates', 'trg_chat2anyllm_templates_notify',
         'AFTER INSERT OR UPDATE OR DELETE ON chat2anyllm_templates FOR EACH ROW EXECUTE FUNCTION chat2anyllm_notify()')
    ) AS expected(table_name, trigger_name, definition)
    LOOP
        IF NOT EXISTS (
            SELECT FROM pg_trigger
             WHERE tgrelid = to_regclass(wanted.table_name) AND tgname = wanted.trigger_name
        ) THEN
            EXECUTE format('CREATE TRIGGER %I %s', wanted.trigger_name, wanted.definition);
        END IF;
    END LOOP;
END $$;

INSERT INTO chat2anyllm_schema (version) VALUES (2) ON CONFLICT DO NOTHING;

COMMIT;

-- For the search, and after the rest, because building takes a second for each three megabytes: only writers wait meanwhile.
-- For a large history its owner builds it at leisure, without blocking anybody: CREATE INDEX CONCURRENTLY with the same
-- words. Streaming messages are left out, so that checkpoints stay cheap.
BEGIN;
DO $$ BEGIN PERFORM pg_advisory_xact_lock(7234130264106951); END $$;
SET LOCAL lock_timeout = '1s';
SET LOCAL statement_timeout = 0;
SET LOCAL client_min_messages = warning;
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')
        AND pg_total_relation_size('messages') < 8 * 1024 * 1024
    THEN
        CREATE INDEX IF NOT EXISTS idx_messages_content_trgm ON messages USING gin (content gin_trgm_ops)
            WHERE status <> 'streaming';
    END IF;
EXCEPTION WHEN undefined_object OR insufficient_privilege OR lock_not_available THEN
    RAISE NOTICE 'The search index is left out: %', SQLERRM;
END $$;
COMMIT;
