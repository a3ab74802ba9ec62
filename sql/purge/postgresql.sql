-- Jeton: purging by the database itself, for PostgreSQL 14 and newer.
--
-- What goes is what `jeton purge` deletes; docs/purging-sql.md says it row by row. Install it in the database that Jeton (or WSO2, taken over by
-- `jeton migrate`) uses:          psql -f this-file
-- Run it, never inside BEGIN:     CALL JETON_PURGE_SQL();
-- It needs SELECT, INSERT, UPDATE, DELETE on the tables, and CREATE and TEMPORARY where a backup is kept or there is a registry.
--
-- Times are UTC and milliseconds. Every batch is a transaction of its own; rows that somebody else has locked are left for the next run; two runs at
-- once are not possible. A run that breaks off has done whole batches only, and the next one goes on.

CREATE TABLE IF NOT EXISTS JETON_SQL_RUN (TARGET VARCHAR(20) PRIMARY KEY, ENDED_AT TIMESTAMP NOT NULL, DELETED BIGINT NOT NULL);

-- Deletes the rows X of a table for which a condition holds, where there is such a table; with `keep` they go to JETON_BAK_<table>, in the same
-- statement. Answers with their values of one column.
CREATE OR REPLACE FUNCTION JETON_SQL_TAKE(source TEXT, key_column TEXT, condition TEXT, ids TEXT[], keep BOOLEAN) RETURNS TEXT[] LANGUAGE plpgsql AS $$
DECLARE
  backup TEXT := 'jeton_bak_' || lower(source);
  kept   TEXT := '';
  taken  TEXT[];
BEGIN
  IF to_regclass(lower(source)) IS NULL THEN
    RETURN ARRAY[]::TEXT[];
  END IF;
  IF keep THEN
    IF to_regclass(backup) IS NULL THEN
      EXECUTE format('CREATE TABLE %s AS SELECT X.*, CAST(NULL AS TIMESTAMP) AS PURGED_AT FROM %s X WITH NO DATA', backup, source);
    END IF;
    kept := format(', KEPT AS (INSERT INTO %s SELECT GONE.*, clock_timestamp() AT TIME ZONE ''UTC'' FROM GONE)', backup);
  END IF;
  EXECUTE format('WITH GONE AS (DELETE FROM %s X WHERE %s RETURNING X.*)%s SELECT COALESCE(array_agg(CAST(%s AS TEXT)), ARRAY[]::TEXT[]) FROM GONE',
    source, condition, kept, key_column) INTO taken USING ids;
  RETURN taken;
END $$;

CREATE OR REPLACE PROCEDURE JETON_PURGE_SQL() LANGUAGE plpgsql AS $$
DECLARE
  -- ---------------------------------------------------------------------------------------------------------------------------------------
  -- What you may change
  -- ---------------------------------------------------------------------------------------------------------------------------------------
  batch            CONSTANT INTEGER := 1000;           -- rows that one transaction looks at, and at most deletes
  pause            CONSTANT DOUBLE PRECISION := 0.1;   -- seconds between two batches that have deleted something
  safe_period      CONSTANT BIGINT := 7200;            -- seconds that a row is left alone after its end: 2 hours
  replay_memory    CONSTANT BIGINT := 2592000;         -- seconds that a rotated refresh token without an end is remembered: 30 days
  session_life     CONSTANT BIGINT := 1209600;         -- seconds that a session lives whose row names no end: 14 days
  pre_session_life CONSTANT BIGINT := 2400;            -- seconds that an unfinished login lives: 40 minutes
  registry_grace   CONSTANT BIGINT := 93600;           -- seconds that a registry's newest entry stays when it is a deletion: 26 hours
  keep_audit       CONSTANT BOOLEAN := TRUE;           -- whether tokens go to IDN_OAUTH2_ACCESS_TOKEN_AUDIT ([oauth.token_cleanup])
  audit_retention  CONSTANT BIGINT := 7776000;         -- seconds that they stay there: 90 days
  keep_backup      CONSTANT BOOLEAN := FALSE;          -- whether tokens, codes and sessions are copied to JETON_BAK_<table> before they go
  purge_tokens     CONSTANT BOOLEAN := TRUE;
  purge_codes      CONSTANT BOOLEAN := TRUE;
  purge_sessions   CONSTANT BOOLEAN := TRUE;
  purge_audit      CONSTANT BOOLEAN := TRUE;
  purge_log        CONSTANT BOOLEAN := TRUE;           -- Jeton's revocations and grants
  purge_registry   CONSTANT BOOLEAN := TRUE;
  -- ---------------------------------------------------------------------------------------------------------------------------------------
  never     CONSTANT BIGINT := 99999999999990;         -- a validity in milliseconds from here on, or below 0, or absent: without an end
  lock_name CONSTANT BIGINT := 5072010720103;
  -- The run knows one time, its beginning: what becomes old meanwhile is for the next one.
  now_ms    CONSTANT BIGINT := CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000) AS BIGINT);
  now_s     CONSTANT BIGINT := now_ms / 1000;
  now_ns    CONSTANT BIGINT := now_ms * 1000000;
  safe_ms   CONSTANT BIGINT := safe_period * 1000;
  safe_ns   CONSTANT BIGINT := safe_period * 1000000000;
  here_only CONSTANT TEXT := 'NOT EXISTS (SELECT 1 FROM IDN_AUTH_SESSION_STORE S WHERE S.SESSION_ID = X.SESSION_ID)';
  mappings  CONSTANT TEXT[] := ARRAY['IDN_AUTH_USER_SESSION_MAPPING', 'IDN_AUTH_SESSION_APP_INFO', 'IDN_AUTH_SESSION_META_DATA',
    'IDN_FED_AUTH_SESSION_MAPPING'];
  deleted   BIGINT;
  phase     INTEGER;
  passed    TEXT;
  seen      TEXT[];
  ids       TEXT[];
  gone      TEXT[];
  places    BIGINT[];
  last_log  BIGINT;
  next_log  BIGINT;
  request   RECORD;
  store     TEXT;
  mapping   TEXT;
  key_range TEXT;
  is_login  BOOLEAN;
  ended     TEXT;
BEGIN
  IF NOT pg_try_advisory_lock(lock_name) THEN
    RAISE EXCEPTION 'another run of JETON_PURGE_SQL is under way';
  END IF;

  -- Tokens. First Jeton's, by the index on PURGE_AFTER; then WSO2's, along the primary key.
  deleted := 0;
  phase := 1;
  passed := '';
  WHILE purge_tokens LOOP
    IF phase = 1 THEN
      SELECT array_agg(TOKEN_ID) INTO ids FROM (
        SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN WHERE PURGE_AFTER < now_s ORDER BY PURGE_AFTER LIMIT batch FOR UPDATE SKIP LOCKED) B;
      IF ids IS NULL THEN
        phase := 2;
        EXIT WHEN NOT EXISTS (SELECT 1 FROM IDN_OAUTH2_ACCESS_TOKEN WHERE JETON_GRANT_ID IS NULL);
      END IF;
    ELSE
      SELECT array_agg(TOKEN_ID), MAX(TOKEN_ID) INTO seen, passed FROM (
        SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_ID > passed ORDER BY TOKEN_ID LIMIT batch) B;
      EXIT WHEN seen IS NULL;
      SELECT array_agg(TOKEN_ID) INTO ids FROM (
        SELECT T.TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN T
        CROSS JOIN LATERAL (SELECT
          CAST(FLOOR(EXTRACT(EPOCH FROM T.TIME_CREATED) * 1000) AS BIGINT) AS ISSUED,
          CAST(FLOOR(EXTRACT(EPOCH FROM T.REFRESH_TOKEN_TIME_CREATED) * 1000) AS BIGINT) AS REFRESH_ISSUED,
          CASE WHEN T.VALIDITY_PERIOD >= 0 AND T.VALIDITY_PERIOD < never THEN T.VALIDITY_PERIOD END AS LIFE,
          CASE WHEN T.REFRESH_TOKEN IS NULL AND T.REFRESH_TOKEN_HASH IS NULL THEN 0
            WHEN T.REFRESH_TOKEN_VALIDITY_PERIOD >= 0 AND T.REFRESH_TOKEN_VALIDITY_PERIOD < never THEN T.REFRESH_TOKEN_VALIDITY_PERIOD END AS REFRESH_LIFE) E
        -- COALESCE, so that nothing but the primary key can be searched: the indexes of these two know all rows of WSO2 at once.
        WHERE T.TOKEN_ID = ANY (seen) AND COALESCE(T.PURGE_AFTER, -1) = -1 AND COALESCE(T.JETON_GRANT_ID, '') = '' AND (
          -- Nothing may be done with it any more.
          T.TOKEN_STATE = 'REVOKED'
          -- It tells of a replay for as long as its refresh token lives.
          OR (T.TOKEN_STATE = 'INACTIVE'
            AND COALESCE(E.REFRESH_ISSUED + E.REFRESH_LIFE, GREATEST(E.ISSUED, E.REFRESH_ISSUED) + replay_memory * 1000) < now_ms)
          -- WSO2 refreshes both: neither half may live. NULL, without an end, is never before anything.
          OR (T.TOKEN_STATE IN ('ACTIVE', 'EXPIRED') AND E.ISSUED + E.LIFE + safe_ms < now_ms AND E.REFRESH_ISSUED + E.REFRESH_LIFE + safe_ms < now_ms))
        ORDER BY T.TOKEN_ID FOR UPDATE OF T SKIP LOCKED) B;
    END IF;
    IF ids IS NULL THEN
      COMMIT;
      CONTINUE;
    END IF;
    IF keep_audit THEN
      INSERT INTO IDN_OAUTH2_ACCESS_TOKEN_AUDIT (TOKEN_ID, ACCESS_TOKEN, REFRESH_TOKEN, CONSUMER_KEY_ID, AUTHZ_USER, TENANT_ID, USER_DOMAIN, USER_TYPE,
        GRANT_TYPE, TIME_CREATED, REFRESH_TOKEN_TIME_CREATED, VALIDITY_PERIOD, REFRESH_TOKEN_VALIDITY_PERIOD, TOKEN_SCOPE_HASH, SUBJECT_IDENTIFIER,
        ACCESS_TOKEN_HASH, REFRESH_TOKEN_HASH, IDP_ID, TOKEN_BINDING_REF, CONSENTED_TOKEN, AUTHORIZED_ORGANIZATION, JETON_GRANT_ID, JETON_GENERATION,
        JETON_GRANT_TIME, JETON_AUDIENCE, JETON_GRANTED_AUDIENCE, JETON_GRANTED_SCOPE, TOKEN_STATE, TOKEN_STATE_ID, INVALIDATED_TIME, PURGE_AFTER)
      SELECT TOKEN_ID, ACCESS_TOKEN, REFRESH_TOKEN, CONSUMER_KEY_ID, AUTHZ_USER, TENANT_ID, USER_DOMAIN, USER_TYPE,
        GRANT_TYPE, TIME_CREATED, REFRESH_TOKEN_TIME_CREATED, VALIDITY_PERIOD, REFRESH_TOKEN_VALIDITY_PERIOD, TOKEN_SCOPE_HASH, SUBJECT_IDENTIFIER,
        ACCESS_TOKEN_HASH, REFRESH_TOKEN_HASH, IDP_ID, TOKEN_BINDING_REF, CONSENTED_TOKEN, AUTHORIZED_ORGANIZATION, JETON_GRANT_ID, JETON_GENERATION,
        JETON_GRANT_TIME, JETON_AUDIENCE, JETON_GRANTED_AUDIENCE, JETON_GRANTED_SCOPE,
        CASE WHEN TOKEN_STATE = 'ACTIVE' THEN 'EXPIRED' ELSE TOKEN_STATE END,
        CASE WHEN TOKEN_STATE = 'ACTIVE' THEN REPLACE(CAST(gen_random_uuid() AS VARCHAR), '-', '') ELSE TOKEN_STATE_ID END,
        clock_timestamp() AT TIME ZONE 'UTC', now_s + audit_retention
      FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_ID = ANY (ids);
    END IF;
    PERFORM JETON_SQL_TAKE('IDN_OAUTH2_ACCESS_TOKEN_SCOPE', 'TOKEN_ID', 'X.TOKEN_ID = ANY ($1)', ids, keep_backup);
    PERFORM JETON_SQL_TAKE('IDN_OAUTH2_TOKEN_BINDING', 'TOKEN_ID', 'X.TOKEN_ID = ANY ($1)', ids, keep_backup);
    PERFORM JETON_SQL_TAKE('IDN_OAUTH2_ACCESS_TOKEN_EXTENDED', 'TOKEN_ID', 'X.TOKEN_ID = ANY ($1)', ids, keep_backup);
    deleted := deleted + cardinality(JETON_SQL_TAKE('IDN_OAUTH2_ACCESS_TOKEN', 'TOKEN_ID', 'X.TOKEN_ID = ANY ($1)', ids, keep_backup));
    -- The pause is in a transaction that has done nothing; PostgreSQL knows no sleep outside one.
    COMMIT;
    PERFORM pg_sleep(pause);
  END LOOP;
  CALL JETON_SQL_NOTE('tokens', deleted);

  -- Codes. One that is presented again has to find the token that it was exchanged for.
  deleted := 0;
  passed := '';
  WHILE purge_codes LOOP
    SELECT array_agg(CODE_ID), MAX(CODE_ID) INTO seen, passed FROM (
      SELECT CODE_ID FROM IDN_OAUTH2_AUTHORIZATION_CODE WHERE CODE_ID > passed ORDER BY CODE_ID LIMIT batch) B;
    EXIT WHEN seen IS NULL;
    SELECT array_agg(CODE_ID) INTO ids FROM (
      SELECT C.CODE_ID FROM IDN_OAUTH2_AUTHORIZATION_CODE C
      WHERE C.CODE_ID = ANY (seen) AND NOT EXISTS (SELECT 1 FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE T.TOKEN_ID = C.TOKEN_ID)
        AND (C.STATE <> 'ACTIVE' OR (C.STATE = 'ACTIVE' AND C.VALIDITY_PERIOD >= 0 AND C.VALIDITY_PERIOD < never
          AND CAST(FLOOR(EXTRACT(EPOCH FROM C.TIME_CREATED) * 1000) AS BIGINT) + C.VALIDITY_PERIOD + safe_ms < now_ms))
      ORDER BY C.CODE_ID FOR UPDATE OF C SKIP LOCKED) B;
    IF ids IS NULL THEN
      COMMIT;
      CONTINUE;
    END IF;
    PERFORM JETON_SQL_TAKE('IDN_OAUTH2_AUTHZ_CODE_SCOPE', 'CODE_ID', 'X.CODE_ID = ANY ($1)', ids, keep_backup);
    deleted := deleted + cardinality(JETON_SQL_TAKE('IDN_OAUTH2_AUTHORIZATION_CODE', 'CODE_ID', 'X.CODE_ID = ANY ($1)', ids, keep_backup));
    COMMIT;
    PERFORM pg_sleep(pause);
  END LOOP;
  -- Requests that wait for a user or a client, where WSO2 has them.
  FOR request IN SELECT * FROM (VALUES
    ('IDN_OAUTH2_DEVICE_FLOW', 'DEVICE_CODE', 'IDN_OAUTH2_DEVICE_FLOW_SCOPES',
      'X.SCOPE_ID IN (SELECT CODE_ID FROM IDN_OAUTH2_DEVICE_FLOW WHERE DEVICE_CODE = ANY ($1))',
      'C.STATUS = ''EXPIRED'' OR EXTRACT(EPOCH FROM C.EXPIRY_TIME) * 1000 + $1 < $2'),
    ('IDN_OAUTH2_CIBA_AUTH_CODE', 'AUTH_CODE_KEY', 'IDN_OAUTH2_CIBA_REQUEST_SCOPES', 'X.AUTH_CODE_KEY = ANY ($1)',
      'C.AUTH_REQ_STATUS IN (''EXPIRED'', ''TOKEN_ISSUED'', ''FAILED'') OR (C.EXPIRES_IN > 0
        AND (EXTRACT(EPOCH FROM C.ISSUED_TIME) + C.EXPIRES_IN) * 1000 + $1 < $2)'),
    ('IDN_OAUTH_PAR', 'REQ_URI_REF', NULL, NULL, 'C.SCHEDULED_EXPIRY + $1 < $2')) AS R (TABLE_NAME, KEY_COLUMN, RELATED, RELATED_ROWS, MAY_GO)
  LOOP
    WHILE purge_codes AND to_regclass(lower(request.table_name)) IS NOT NULL LOOP
      EXECUTE format('SELECT array_agg(A_KEY) FROM (SELECT C.%1$s AS A_KEY FROM %2$s C WHERE %3$s ORDER BY C.%1$s LIMIT $3 FOR UPDATE SKIP LOCKED) B',
        request.key_column, request.table_name, request.may_go) INTO ids USING safe_ms, now_ms, batch;
      EXIT WHEN ids IS NULL;
      IF request.related IS NOT NULL THEN
        PERFORM JETON_SQL_TAKE(request.related, '1', request.related_rows, ids, keep_backup);
      END IF;
      deleted := deleted + cardinality(
        JETON_SQL_TAKE(request.table_name, request.key_column, format('X.%s = ANY ($1)', request.key_column), ids, keep_backup));
      COMMIT;
      PERFORM pg_sleep(pause);
    END LOOP;
  END LOOP;
  CALL JETON_SQL_NOTE('codes', deleted);

  -- Sessions: a log of which the newest row of each id and type counts. A batch has whole sessions.
  deleted := 0;
  FOREACH store IN ARRAY ARRAY['IDN_AUTH_SESSION_STORE', 'IDN_AUTH_TEMP_SESSION_STORE'] LOOP
    passed := '';
    is_login := store = 'IDN_AUTH_TEMP_SESSION_STORE';
    key_range := 'X.SESSION_ID > ($1)[1] AND X.SESSION_ID <= ($1)[2] AND (X.SESSION_ID, X.SESSION_TYPE, X.TIME_CREATED, X.OPERATION) IN (
      SELECT S.SESSION_ID, S.SESSION_TYPE, S.TIME_CREATED, S.OPERATION FROM ' || store || ' S
      WHERE S.SESSION_ID > ($1)[1] AND S.SESSION_ID <= ($1)[2] AND %s FOR UPDATE SKIP LOCKED)';
    -- A logout is kept for a while too: a row of before it may be written late.
    ended := format('CASE %%1$s.OPERATION WHEN ''STORE'' THEN COALESCE(%%1$s.EXPIRY_TIME, %%1$s.TIME_CREATED + %s)
      WHEN ''DELETE'' THEN %%1$s.TIME_CREATED ELSE %s END < %s', session_life * 1000000000, now_ns, now_ns - safe_ns);
    WHILE purge_sessions AND to_regclass(lower(store)) IS NOT NULL LOOP
      EXECUTE format('SELECT ARRAY[$1, MAX(SESSION_ID)] FROM (SELECT SESSION_ID FROM %s WHERE SESSION_ID > $1 ORDER BY SESSION_ID LIMIT $2) B', store)
        INTO seen USING passed, batch;
      EXIT WHEN seen[2] IS NULL;
      passed := seen[2];
      IF is_login THEN
        -- What an unfinished login has left goes by its age alone.
        gone := JETON_SQL_TAKE(store, 'SESSION_ID', format(key_range, 'S.TIME_CREATED < ' || now_ns - pre_session_life * 1000000000), seen, keep_backup);
      ELSE
        -- What a later row supersedes goes first, so that it cannot count again when that one is gone.
        gone := JETON_SQL_TAKE(store, 'SESSION_ID', format(key_range, 'EXISTS (SELECT 1 FROM ' || store || ' L
          WHERE L.SESSION_ID = S.SESSION_ID AND L.SESSION_TYPE = S.SESSION_TYPE AND L.TIME_CREATED > S.TIME_CREATED)'), seen, keep_backup);
        gone := gone || JETON_SQL_TAKE(store, 'SESSION_ID', format(key_range, format(ended, 'S') || ' AND (S.OPERATION = ''STORE''
          OR NOT EXISTS (SELECT 1 FROM ' || store || ' O WHERE O.SESSION_ID = S.SESSION_ID AND O.SESSION_TYPE = S.SESSION_TYPE
            AND NOT (' || format(ended, 'O') || ')))'), seen, keep_backup);
      END IF;
      IF cardinality(gone) > 0 AND NOT is_login THEN
        FOREACH mapping IN ARRAY mappings LOOP
          PERFORM JETON_SQL_TAKE(mapping, 'SESSION_ID', 'X.SESSION_ID = ANY ($1) AND ' || here_only, gone, keep_backup);
        END LOOP;
      END IF;
      deleted := deleted + cardinality(gone);
      COMMIT;
      IF cardinality(gone) > 0 THEN
        PERFORM pg_sleep(pause);
      END IF;
    END LOOP;
  END LOOP;
  -- Mappings that have lost their session: noted in one run and deleted in a later one, since a session may be written after its mapping. Where there
  -- is no session at all nothing can be said: they may be in another database.
  IF purge_sessions AND (SELECT COUNT(*) FROM (SELECT 1 FROM IDN_AUTH_SESSION_STORE LIMIT 1) S) = 1 THEN
    DELETE FROM JETON_ORPHANED_SESSION X WHERE EXISTS (SELECT 1 FROM IDN_AUTH_SESSION_STORE S WHERE S.SESSION_ID = X.SESSION_ID);
    COMMIT;
    LOOP
      SELECT array_agg(SESSION_ID) INTO ids FROM (
        SELECT SESSION_ID FROM JETON_ORPHANED_SESSION WHERE FOUND_AT < now_s - safe_period ORDER BY FOUND_AT, SESSION_ID LIMIT batch) B;
      EXIT WHEN ids IS NULL;
      FOREACH mapping IN ARRAY mappings LOOP
        deleted := deleted + cardinality(JETON_SQL_TAKE(mapping, 'SESSION_ID', 'X.SESSION_ID = ANY ($1) AND ' || here_only, ids, keep_backup));
      END LOOP;
      DELETE FROM JETON_ORPHANED_SESSION WHERE SESSION_ID = ANY (ids);
      COMMIT;
      PERFORM pg_sleep(pause);
    END LOOP;
    FOREACH mapping IN ARRAY mappings LOOP
      IF to_regclass(lower(mapping)) IS NOT NULL THEN
        EXECUTE format('INSERT INTO JETON_ORPHANED_SESSION (SESSION_ID, FOUND_AT) SELECT DISTINCT X.SESSION_ID, %s FROM %s X WHERE %s
          ON CONFLICT DO NOTHING', now_s, mapping, here_only);
        COMMIT;
      END IF;
    END LOOP;
  END IF;
  CALL JETON_SQL_NOTE('sessions', deleted);

  -- The audit, by its own retention. Rows without PURGE_AFTER are WSO2's, and stay.
  deleted := 0;
  WHILE purge_audit LOOP
    SELECT array_agg(CAST(ID AS TEXT)) INTO ids FROM (
      SELECT ID FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT WHERE PURGE_AFTER < now_s ORDER BY PURGE_AFTER LIMIT batch FOR UPDATE SKIP LOCKED) B;
    EXIT WHEN ids IS NULL;
    deleted := deleted + cardinality(JETON_SQL_TAKE('IDN_OAUTH2_ACCESS_TOKEN_AUDIT', 'ID', 'X.ID = ANY (CAST($1 AS INTEGER[]))', ids, FALSE));
    COMMIT;
    PERFORM pg_sleep(pause);
  END LOOP;
  CALL JETON_SQL_NOTE('audit', deleted);

  deleted := 0;
  WHILE purge_log LOOP
    SELECT array_agg(GRANT_ID) INTO ids FROM (
      SELECT GRANT_ID FROM JETON_GRANT WHERE PURGE_AFTER < now_s ORDER BY PURGE_AFTER LIMIT batch FOR UPDATE SKIP LOCKED) B;
    EXIT WHEN ids IS NULL;
    deleted := deleted + cardinality(JETON_SQL_TAKE('JETON_GRANT', 'GRANT_ID', 'X.GRANT_ID = ANY ($1)', ids, FALSE));
    COMMIT;
    PERFORM pg_sleep(pause);
  END LOOP;
  CALL JETON_SQL_NOTE('grants', deleted);

  -- The log of revocations: stored tokens are marked before the entry that hits them may go, then the head says how far the log has gaps.
  deleted := 0;
  WHILE purge_log LOOP
    SELECT array_agg(SEQ) INTO places FROM (
      SELECT SEQ FROM JETON_REVOCATION WHERE PURGE_AFTER < now_s AND CREATED_AT < now_s - 3600 ORDER BY PURGE_AFTER, SEQ LIMIT batch) B;
    EXIT WHEN places IS NULL;
    UPDATE IDN_OAUTH2_ACCESS_TOKEN SET TOKEN_STATE = 'REVOKED', TOKEN_STATE_ID = REPLACE(CAST(gen_random_uuid() AS VARCHAR), '-', '') WHERE TOKEN_ID IN (
      SELECT T.TOKEN_ID FROM JETON_REVOCATION R JOIN IDN_OAUTH2_ACCESS_TOKEN T ON T.TOKEN_ID = R.ID
      WHERE R.SEQ = ANY (places) AND R.KIND = 'token' AND T.TOKEN_STATE = 'ACTIVE' AND (R.CUTOFF IS NULL OR T.JETON_GRANT_TIME <= R.CUTOFF));
    UPDATE IDN_OAUTH2_ACCESS_TOKEN SET TOKEN_STATE = 'REVOKED', TOKEN_STATE_ID = REPLACE(CAST(gen_random_uuid() AS VARCHAR), '-', '') WHERE TOKEN_ID IN (
      SELECT T.TOKEN_ID FROM JETON_REVOCATION R JOIN IDN_OAUTH2_ACCESS_TOKEN T ON T.JETON_GRANT_ID = R.ID
      WHERE R.SEQ = ANY (places) AND R.KIND = 'grant' AND T.TOKEN_STATE = 'ACTIVE' AND (R.CUTOFF IS NULL OR T.JETON_GRANT_TIME <= R.CUTOFF));
    UPDATE IDN_OAUTH2_ACCESS_TOKEN SET TOKEN_STATE = 'REVOKED', TOKEN_STATE_ID = REPLACE(CAST(gen_random_uuid() AS VARCHAR), '-', '') WHERE TOKEN_ID IN (
      SELECT T.TOKEN_ID FROM JETON_REVOCATION R JOIN IDN_OAUTH_CONSUMER_APPS C ON C.CONSUMER_KEY = R.ID
      JOIN IDN_OAUTH2_ACCESS_TOKEN T ON T.CONSUMER_KEY_ID = C.ID
      WHERE R.SEQ = ANY (places) AND R.KIND = 'client' AND T.TOKEN_STATE = 'ACTIVE' AND (R.CUTOFF IS NULL OR T.JETON_GRANT_TIME <= R.CUTOFF));
    UPDATE IDN_OAUTH2_ACCESS_TOKEN SET TOKEN_STATE = 'REVOKED', TOKEN_STATE_ID = REPLACE(CAST(gen_random_uuid() AS VARCHAR), '-', '') WHERE TOKEN_ID IN (
      SELECT T.TOKEN_ID FROM JETON_REVOCATION R JOIN IDN_OAUTH2_ACCESS_TOKEN T ON T.SUBJECT_IDENTIFIER = R.ID AND T.USER_TYPE = 'APPLICATION_USER'
      WHERE R.SEQ = ANY (places) AND R.KIND = 'subject' AND T.TOKEN_STATE = 'ACTIVE' AND (R.CUTOFF IS NULL OR T.JETON_GRANT_TIME <= R.CUTOFF));
    UPDATE IDN_OAUTH2_ACCESS_TOKEN SET TOKEN_STATE = 'REVOKED', TOKEN_STATE_ID = REPLACE(CAST(gen_random_uuid() AS VARCHAR), '-', '') WHERE TOKEN_ID IN (
      SELECT T.TOKEN_ID FROM JETON_REVOCATION R CROSS JOIN IDN_OAUTH2_ACCESS_TOKEN T
      WHERE R.SEQ = ANY (places) AND R.KIND = 'all' AND T.TOKEN_STATE = 'ACTIVE' AND (R.CUTOFF IS NULL OR T.JETON_GRANT_TIME <= R.CUTOFF));
    UPDATE JETON_HEAD SET TRIMMED_TO = GREATEST(TRIMMED_TO, COALESCE(
      (SELECT SEQ FROM JETON_REVOCATION WHERE CREATED_AT < now_s - 3600 ORDER BY CREATED_AT DESC, SEQ DESC LIMIT 1), 0)) WHERE ID = 1;
    gone := JETON_SQL_TAKE('JETON_REVOCATION', 'SEQ', 'X.SEQ = ANY (CAST($1 AS BIGINT[])) AND X.SEQ <= (SELECT TRIMMED_TO FROM JETON_HEAD WHERE ID = 1)',
      CAST(places AS TEXT[]), FALSE);
    deleted := deleted + cardinality(gone);
    COMMIT;
    EXIT WHEN cardinality(gone) = 0;
    PERFORM pg_sleep(pause);
  END LOOP;
  CALL JETON_SQL_NOTE('revocations', deleted);

  -- The registry's log, where it is in this database: of each path the newest entry stays.
  deleted := 0;
  IF purge_registry AND to_regclass('reg_log') IS NOT NULL THEN
    DROP TABLE IF EXISTS JETON_SQL_NEWEST;
    CREATE TEMPORARY TABLE JETON_SQL_NEWEST AS SELECT MAX(REG_LOG_ID) AS REG_LOG_ID FROM REG_LOG GROUP BY REG_PATH, REG_TENANT_ID;
    ALTER TABLE JETON_SQL_NEWEST ADD PRIMARY KEY (REG_LOG_ID);
    SELECT MAX(REG_LOG_ID) INTO last_log FROM JETON_SQL_NEWEST;
    next_log := 0;
    COMMIT;
    LOOP
      SELECT array_agg(CAST(REG_LOG_ID AS TEXT)), MAX(REG_LOG_ID) INTO seen, next_log FROM (
        SELECT REG_LOG_ID FROM REG_LOG WHERE REG_LOG_ID > next_log AND REG_LOG_ID <= last_log ORDER BY REG_LOG_ID LIMIT batch) B;
      EXIT WHEN seen IS NULL;
      -- A deletion is followed by nothing, so it goes as well; but not before whoever reads the log has seen it. Its time is in the zone of WSO2.
      gone := JETON_SQL_TAKE('REG_LOG', 'REG_LOG_ID', format('X.REG_LOG_ID = ANY (CAST($1 AS BIGINT[])) AND X.REG_PATH IS NOT NULL
        AND (NOT EXISTS (SELECT 1 FROM JETON_SQL_NEWEST N WHERE N.REG_LOG_ID = X.REG_LOG_ID)
          OR (X.REG_ACTION = 7 AND EXTRACT(EPOCH FROM X.REG_LOGGED_TIME) < %s))', now_s - registry_grace), seen, FALSE);
      deleted := deleted + cardinality(gone);
      COMMIT;
      IF cardinality(gone) > 0 THEN
        PERFORM pg_sleep(pause);
      END IF;
    END LOOP;
    DROP TABLE JETON_SQL_NEWEST;
  END IF;
  CALL JETON_SQL_NOTE('registry', deleted);
  PERFORM pg_advisory_unlock(lock_name);
END $$;

-- What the last run did: SELECT * FROM JETON_SQL_RUN.
CREATE OR REPLACE PROCEDURE JETON_SQL_NOTE(name TEXT, rows_deleted BIGINT) LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO JETON_SQL_RUN VALUES (name, clock_timestamp() AT TIME ZONE 'UTC', rows_deleted)
    ON CONFLICT (TARGET) DO UPDATE SET ENDED_AT = excluded.ENDED_AT, DELETED = excluded.DELETED;
  RAISE NOTICE '%: % rows deleted', name, rows_deleted;
  COMMIT;
END $$;

-- The schedule: every day at 3:00 UTC, by pg_cron (cron.timezone is GMT unless you changed it). pg_cron lives in one database of the server; when that is
-- another one, run there:  SELECT cron.schedule_in_database('jeton-purge', '0 3 * * *', 'CALL JETON_PURGE_SQL()', 'the name of this database');
-- Without pg_cron, from any crontab:  0 3 * * *  psql -d <database> -c 'CALL JETON_PURGE_SQL()'
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_cron') THEN
    PERFORM cron.schedule('jeton-purge', '0 3 * * *', 'CALL JETON_PURGE_SQL()');
  ELSE
    RAISE NOTICE 'pg_cron is not in this database: nothing is scheduled, see the end of the script';
  END IF;
END $$;
