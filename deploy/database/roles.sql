-- The roles of the database. It runs at every start of the server, as its superuser, before anyone can
-- connect, and changes only what is not so yet:
--
--   gatehouse_owner  owns the database and all that is in it; `migrate` connects as it
--   gatehouse_site   owns nothing; it reads and writes the rows of the schema public, and reads all others
--
-- The superuser itself has no password: it can connect only from inside the container
-- (docker compose exec db psql -U gatehouse).
DO $roles$
DECLARE
  secrets CONSTANT text := coalesce(current_setting('gatehouse.secrets', true), '/run/secrets');
  superuser CONSTANT oid := 10;
  is_new CONSTANT boolean := to_regrole('gatehouse_owner') IS NULL;
  verbosity CONSTANT text := current_setting('log_error_verbosity');
  object record;
BEGIN
  IF is_new THEN
    CREATE ROLE gatehouse_owner;
  END IF;
  IF to_regrole('gatehouse_site') IS NULL THEN
    CREATE ROLE gatehouse_site;
  END IF;
  ALTER ROLE gatehouse_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
  ALTER ROLE gatehouse_site LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
  -- The owner keeps the password of the first start. That of the site is the secret of today.
  -- Postgres' report of an error has the statement that failed as its context, and so the password: the log leaves
  -- it out, and psql, which runs this on a new volume, gets another error.
  PERFORM set_config('log_error_verbosity', 'terse', true);
  FOR object IN
    SELECT role, rtrim(pg_read_file(secrets || '/' || file), E'\r\n') AS password
    FROM (VALUES
      ('gatehouse_owner', 'database_password', is_new),
      ('gatehouse_site', 'database_site_password', true)
    ) AS wanted (role, file, is_set)
    WHERE is_set
  LOOP
    IF object.password = '' THEN
      RAISE EXCEPTION 'the secret of the role % is empty: run make up', object.role;
    END IF;
    BEGIN
      EXECUTE format('ALTER ROLE %I PASSWORD %L', object.role, object.password);
    EXCEPTION WHEN query_canceled OR OTHERS THEN
      RAISE EXCEPTION 'the password of the role % cannot be set: %', object.role, SQLERRM;
    END;
  END LOOP;
  PERFORM set_config('log_error_verbosity', verbosity, true);
  EXECUTE format('ALTER ROLE %I PASSWORD NULL', pg_get_userbyid(superuser));

  -- Once, everything belonged to the superuser. Postgres refuses REASSIGN OWNED for it.
  EXECUTE format('ALTER DATABASE %I OWNER TO gatehouse_owner', current_database());
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO gatehouse_site', current_database());
  REVOKE CREATE ON SCHEMA public FROM PUBLIC;
  FOR object IN
    WITH spaces AS (
      SELECT oid, nspname, nspowner FROM pg_namespace
      WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    ), members AS (
      -- Of extensions; and sequences of columns, which follow their table.
      SELECT classid, objid FROM pg_depend
      WHERE deptype = 'e' OR (deptype IN ('i', 'a') AND classid = 'pg_class'::regclass
        AND objid IN (SELECT oid FROM pg_class WHERE relkind = 'S'))
    )
    SELECT 'SCHEMA' AS kind, quote_ident(nspname) AS name, nspname AS space, false AS is_table
    FROM spaces WHERE nspowner = superuser
    UNION ALL
    SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
      WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END,
      c.oid::regclass::text, nspname, relkind NOT IN ('S', 'c')
    FROM pg_class c JOIN spaces s ON s.oid = relnamespace
    WHERE relowner = superuser AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
      AND NOT EXISTS (SELECT FROM members WHERE classid = 'pg_class'::regclass AND objid = c.oid)
    UNION ALL
    SELECT 'ROUTINE', p.oid::regprocedure::text, nspname, false
    FROM pg_proc p JOIN spaces s ON s.oid = pronamespace
    WHERE proowner = superuser
      AND NOT EXISTS (SELECT FROM members WHERE classid = 'pg_proc'::regclass AND objid = p.oid)
    UNION ALL
    SELECT 'TYPE', t.oid::regtype::text, nspname, false
    FROM pg_type t JOIN spaces s ON s.oid = typnamespace
    WHERE typowner = superuser AND typtype IN ('e', 'd', 'r')
      AND NOT EXISTS (SELECT FROM members WHERE classid = 'pg_type'::regclass AND objid = t.oid)
    UNION ALL
    SELECT 'LARGE OBJECT', oid::text, '', false FROM pg_largeobject_metadata WHERE lomowner = superuser
  LOOP
    EXECUTE format('ALTER %s %s OWNER TO gatehouse_owner', object.kind, object.name);
    IF object.kind = 'SCHEMA' THEN
      EXECUTE format('GRANT USAGE ON SCHEMA %s TO gatehouse_site', object.name);
    ELSIF object.is_table THEN
      EXECUTE format('GRANT %s ON %s TO gatehouse_site',
        CASE object.space WHEN 'public' THEN 'SELECT, INSERT, UPDATE, DELETE' ELSE 'SELECT' END,
        object.name);
    END IF;
  END LOOP;
  IF is_new THEN
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO gatehouse_site;
  END IF;

  -- What the migrations of tomorrow create.
  ALTER DEFAULT PRIVILEGES FOR ROLE gatehouse_owner GRANT USAGE ON SCHEMAS TO gatehouse_site;
  ALTER DEFAULT PRIVILEGES FOR ROLE gatehouse_owner GRANT SELECT ON TABLES TO gatehouse_site;
  ALTER DEFAULT PRIVILEGES FOR ROLE gatehouse_owner IN SCHEMA public
    GRANT INSERT, UPDATE, DELETE ON TABLES TO gatehouse_site;
  ALTER DEFAULT PRIVILEGES FOR ROLE gatehouse_owner IN SCHEMA public
    GRANT USAGE ON SEQUENCES TO gatehouse_site;
END
$roles$;
