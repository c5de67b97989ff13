#!/bin/sh
# Run by the postgres image once, on an empty volume, and by the native stack: an owner and a database for the history and for the gateway each,
# and the tables of the history. What is there already stays. What fails stops the container's start with its message.
set -eu
: "${CHAT2ANYLLM_DB_PASSWORD:?is missing in .env.postgres}" "${LITELLM_DB_PASSWORD:?is missing in .env.postgres}"
psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
    --set chat_password="$CHAT2ANYLLM_DB_PASSWORD" --set litellm_password="$LITELLM_DB_PASSWORD" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', owner, password)
  FROM (VALUES ('chat2anyllm', :'chat_password'), ('litellm', :'litellm_password')) AS wanted(owner, password)
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = owner) \gexec
SELECT format('CREATE DATABASE %1$I OWNER %1$I ENCODING ''UTF8'' TEMPLATE template0', name)
  FROM (VALUES ('chat2anyllm'), ('litellm')) AS wanted(name)
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec
REVOKE CONNECT ON DATABASE chat2anyllm, litellm FROM PUBLIC;
SQL
psql --set ON_ERROR_STOP=1 --username chat2anyllm --dbname chat2anyllm --file "${SCHEMA_FILE:-/schema.sql}"
