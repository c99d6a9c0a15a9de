#!/usr/bin/env bash
# First start of the PostgreSQL container: the owner and the application role with its rights.
# Names and passwords are those of the two database URLs.
set -euo pipefail

part() { # part URL user|password|name
  local rest="${1#*://}" user_password
  user_password="${rest%%@*}"
  case "$2" in
    user) printf '%s' "${user_password%%:*}" ;;
    password) printf '%s' "${user_password#*:}" ;;
    name) printf '%s' "${rest##*/}" ;;
  esac
}

application_url="$(<"$DATABASE_URL_FILE")"
owner_url="$(<"$DATABASE_OWNER_URL_FILE")"

psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
  --set owner="$(part "$owner_url" user)" \
  --set owner_password="$(part "$owner_url" password)" \
  --set application="$(part "$application_url" user)" \
  --set application_password="$(part "$application_url" password)" \
  --set name="$(part "$owner_url" name)" <<'SQL'
CREATE ROLE :"owner" LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE :"application" LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE PASSWORD :'application_password';
CREATE DATABASE :"name" OWNER :"owner" TEMPLATE template0;
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"name" TO :"application";
\connect :"name"
ALTER SCHEMA public OWNER TO :"owner";
GRANT USAGE ON SCHEMA public TO :"application";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"application";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO :"application";
SQL
