-- A database as the web edition of Chat2AnyLLM leaves it, with its own server's role beside the owner.
CREATE TABLE sessions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    title text NOT NULL DEFAULT 'New Chat',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE messages (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('user', 'assistant')),
    content text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE roles (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE,
    instructions text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_messages_session_created ON messages (session_id, created_at);

CREATE FUNCTION set_roles_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END $$;

CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END $$;

CREATE FUNCTION touch_session_on_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sessions SET updated_at = now() WHERE id = NEW.session_id;
    RETURN NEW;
END $$;

CREATE TRIGGER trg_roles_updated_at BEFORE UPDATE ON roles
    FOR EACH ROW EXECUTE FUNCTION set_roles_updated_at();
CREATE TRIGGER trg_sessions_updated_at BEFORE UPDATE ON sessions
    FOR EACH ROW EXECUTE FUNCTION set_updated_at();
CREATE TRIGGER trg_messages_touch_session AFTER INSERT ON messages
    FOR EACH ROW EXECUTE FUNCTION touch_session_on_message();

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'chat_app') THEN
        CREATE ROLE chat_app LOGIN;
    END IF;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, messages, roles TO chat_app;

INSERT INTO roles (name, instructions) VALUES ('Reviewer', 'Review the code.'), ('architect', 'Think first.');
INSERT INTO sessions (id, title) VALUES ('7b0d3a52-64a4-4d51-9c35-1c2f0c9a7e01', 'From the browser');
INSERT INTO messages (session_id, role, content, created_at) VALUES
    ('7b0d3a52-64a4-4d51-9c35-1c2f0c9a7e01', 'user',
     E'[[ROLE:Reviewer]]\nReview the code.\n---\nIs this right?', now() - interval '2 minutes'),
    ('7b0d3a52-64a4-4d51-9c35-1c2f0c9a7e01', 'assistant', 'It **is**.', now() - interval '1 minute');
