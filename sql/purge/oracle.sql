-- Jeton: purging by the database itself, for Oracle 12.2 and newer.
--
-- NOT RUN by those who wrote it: Jeton does not store on this engine, so it is for databases of WSO2's alone. Try it on a copy first. Its rules are, row
-- by row, those of the scripts for PostgreSQL and MySQL, which are tested; Jeton's own tables are not here. docs/purging-sql.md says what goes.
-- Install it as the owner of WSO2's identity tables:  sqlplus <owner> @this-file
-- Run it:                                             EXEC JETON_PURGE_SQL
-- The owner needs, granted to itself and not by a role: EXECUTE ON DBMS_LOCK, CREATE PROCEDURE, CREATE JOB, and CREATE TABLE.
--
-- Times are UTC and milliseconds. Every batch is a transaction of its own; rows that somebody else has locked are left for the next run; two runs at
-- once are not possible. A run that breaks off has done whole batches only, and the next one goes on.

DECLARE
  PROCEDURE MAKE(name VARCHAR2, columns VARCHAR2) IS
    found NUMBER;
  BEGIN
    SELECT COUNT(*) INTO found FROM USER_TABLES WHERE TABLE_NAME = name;
    IF found = 0 THEN
      EXECUTE IMMEDIATE 'CREATE TABLE ' || name || ' (' || columns || ')';
    END IF;
  END MAKE;
BEGIN
  MAKE('JETON_SQL_RUN', 'TARGET VARCHAR2(20) PRIMARY KEY, ENDED_AT TIMESTAMP(0) NOT NULL, DELETED NUMBER NOT NULL');
  MAKE('JETON_SQL_ORPHAN', 'SESSION_ID VARCHAR2(255) PRIMARY KEY, FOUND_AT NUMBER NOT NULL');
END;
/

-- Milliseconds since 1970 of a time that is UTC.
CREATE OR REPLACE FUNCTION JETON_SQL_MS(instant TIMESTAMP) RETURN NUMBER DETERMINISTIC IS
  passed INTERVAL DAY(9) TO SECOND(9) := instant - TIMESTAMP '1970-01-01 00:00:00';
BEGIN
  RETURN FLOOR(((EXTRACT(DAY FROM passed) * 24 + EXTRACT(HOUR FROM passed)) * 60 + EXTRACT(MINUTE FROM passed)) * 60000 + EXTRACT(SECOND FROM passed) * 1000);
END JETON_SQL_MS;
/

CREATE OR REPLACE FUNCTION JETON_SQL_HAS(name VARCHAR2) RETURN BOOLEAN IS
  found NUMBER;
BEGIN
  SELECT COUNT(*) INTO found FROM USER_TABLES WHERE TABLE_NAME = name;
  RETURN found > 0;
END JETON_SQL_HAS;
/

-- Deletes the rows X of a table that a batch means, where there is such a table; with keep they are copied to JETON_BAK_<table> before.
CREATE OR REPLACE PROCEDURE JETON_SQL_TAKE(source VARCHAR2, meant VARCHAR2, ids SYS.ODCIVARCHAR2LIST, keep BOOLEAN, gone OUT NUMBER) IS
BEGIN
  gone := 0;
  IF JETON_SQL_HAS(source) THEN
    IF keep THEN
      EXECUTE IMMEDIATE 'INSERT INTO JETON_BAK_' || source || ' SELECT X.*, SYS_EXTRACT_UTC(SYSTIMESTAMP) FROM ' || source || ' X WHERE ' || meant USING ids;
    END IF;
    EXECUTE IMMEDIATE 'DELETE FROM ' || source || ' X WHERE ' || meant USING ids;
    gone := SQL%ROWCOUNT;
  END IF;
END JETON_SQL_TAKE;
/

-- What the last run did: SELECT * FROM JETON_SQL_RUN.
CREATE OR REPLACE PROCEDURE JETON_SQL_NOTE(name VARCHAR2, rows_deleted NUMBER) IS
BEGIN
  DELETE FROM JETON_SQL_RUN WHERE TARGET = name;
  INSERT INTO JETON_SQL_RUN (TARGET, ENDED_AT, DELETED) VALUES (name, SYS_EXTRACT_UTC(SYSTIMESTAMP), rows_deleted);
  COMMIT;
END JETON_SQL_NOTE;
/

CREATE OR REPLACE PROCEDURE JETON_PURGE_SQL IS
  -- ---------------------------------------------------------------------------------------------------------------------------------------
  -- What you may change
  -- ---------------------------------------------------------------------------------------------------------------------------------------
  batch            CONSTANT PLS_INTEGER := 1000;       -- rows that one transaction looks at, and at most deletes; up to 10000
  pause            CONSTANT NUMBER := 0.1;             -- seconds between two batches that have deleted something
  safe_period      CONSTANT NUMBER := 7200;            -- seconds that a row is left alone after its end: 2 hours
  replay_memory    CONSTANT NUMBER := 2592000;         -- seconds that a rotated refresh token without an end is remembered: 30 days
  session_life     CONSTANT NUMBER := 1209600;         -- seconds that a session lives whose row names no end: 14 days
  pre_session_life CONSTANT NUMBER := 2400;            -- seconds that an unfinished login lives: 40 minutes
  registry_grace   CONSTANT NUMBER := 93600;           -- seconds that a registry's newest entry stays when it is a deletion: 26 hours
  keep_audit       CONSTANT BOOLEAN := FALSE;          -- whether tokens go to IDN_OAUTH2_ACCESS_TOKEN_AUDIT (retain_access_tokens_for_auditing)
  audit_retention  CONSTANT NUMBER := 0;               -- days after which they leave the audit; 0: never
  keep_backup      CONSTANT BOOLEAN := FALSE;          -- whether tokens, codes and sessions are copied to JETON_BAK_<table> before they go
  purge_tokens     CONSTANT BOOLEAN := TRUE;
  purge_codes      CONSTANT BOOLEAN := TRUE;
  purge_sessions   CONSTANT BOOLEAN := TRUE;
  purge_registry   CONSTANT BOOLEAN := TRUE;
  -- ---------------------------------------------------------------------------------------------------------------------------------------
  never     CONSTANT NUMBER := 99999999999990;         -- a validity in milliseconds from here on, or below 0, or absent: without an end
  -- The run knows one time, its beginning: what becomes old meanwhile is for the next one.
  now_utc   CONSTANT TIMESTAMP := SYS_EXTRACT_UTC(SYSTIMESTAMP);
  now_ms    CONSTANT NUMBER := JETON_SQL_MS(now_utc);
  now_ns    CONSTANT NUMBER := now_ms * 1000000;
  safe_ms   CONSTANT NUMBER := safe_period * 1000;
  first_id  CONSTANT VARCHAR2(1) := CHR(1);            -- before every id; '' would be NULL
  by_token   CONSTANT VARCHAR2(100) := 'X.TOKEN_ID IN (SELECT COLUMN_VALUE FROM TABLE(:ids))';
  by_code    CONSTANT VARCHAR2(100) := 'X.CODE_ID IN (SELECT COLUMN_VALUE FROM TABLE(:ids))';
  by_session CONSTANT VARCHAR2(100) := 'X.SESSION_ID IN (SELECT COLUMN_VALUE FROM TABLE(:ids))';
  by_row     CONSTANT VARCHAR2(100) := 'X.ROWID IN (SELECT CHARTOROWID(COLUMN_VALUE) FROM TABLE(:ids))';
  by_entry   CONSTANT VARCHAR2(100) := 'X.REG_LOG_ID IN (SELECT TO_NUMBER(COLUMN_VALUE) FROM TABLE(:ids))';
  here_only CONSTANT VARCHAR2(200) := 'NOT EXISTS (SELECT 1 FROM IDN_AUTH_SESSION_STORE S WHERE S.SESSION_ID = X.SESSION_ID)';
  all_kept  CONSTANT SYS.ODCIVARCHAR2LIST := SYS.ODCIVARCHAR2LIST('IDN_OAUTH2_ACCESS_TOKEN', 'IDN_OAUTH2_ACCESS_TOKEN_SCOPE', 'IDN_OAUTH2_TOKEN_BINDING',
    'IDN_OAUTH2_AUTHORIZATION_CODE', 'IDN_OAUTH2_AUTHZ_CODE_SCOPE', 'IDN_AUTH_SESSION_STORE', 'IDN_AUTH_TEMP_SESSION_STORE',
    'IDN_AUTH_USER_SESSION_MAPPING', 'IDN_AUTH_SESSION_APP_INFO', 'IDN_AUTH_SESSION_META_DATA', 'IDN_FED_AUTH_SESSION_MAPPING',
    'IDN_OAUTH2_ACCESS_TOKEN_EXTENDED', 'IDN_OAUTH2_DEVICE_FLOW', 'IDN_OAUTH2_DEVICE_FLOW_SCOPES', 'IDN_OAUTH2_CIBA_AUTH_CODE',
    'IDN_OAUTH2_CIBA_REQUEST_SCOPES', 'IDN_OAUTH_PAR');
  mappings  CONSTANT SYS.ODCIVARCHAR2LIST := SYS.ODCIVARCHAR2LIST('IDN_AUTH_USER_SESSION_MAPPING', 'IDN_AUTH_SESSION_APP_INFO',
    'IDN_AUTH_SESSION_META_DATA', 'IDN_FED_AUTH_SESSION_MAPPING');
  stores    CONSTANT SYS.ODCIVARCHAR2LIST := SYS.ODCIVARCHAR2LIST('IDN_AUTH_SESSION_STORE', 'IDN_AUTH_TEMP_SESSION_STORE');
  entries   SYS_REFCURSOR;
  handle    VARCHAR2(128);
  got       INTEGER;
  seen      SYS.ODCIVARCHAR2LIST;
  ids       SYS.ODCIVARCHAR2LIST;
  lost      SYS.ODCIVARCHAR2LIST;
  passed    VARCHAR2(255);
  ended     VARCHAR2(1000);
  gone      NUMBER;
  taken     NUMBER;
  total     NUMBER;

  -- Requests that wait for a user or a client; their scopes with them.
  PROCEDURE TAKE_REQUESTS(source VARCHAR2, may_go VARCHAR2, related VARCHAR2, related_rows VARCHAR2) IS
    here NUMBER;
  BEGIN
    WHILE JETON_SQL_HAS(source) LOOP
      EXECUTE IMMEDIATE 'SELECT ROWIDTOCHAR(C.ROWID) FROM ' || source || ' C WHERE (' || may_go || ' + :safe < :now) AND ROWNUM <= :batch
        FOR UPDATE SKIP LOCKED' BULK COLLECT INTO ids USING safe_ms, now_ms, batch;
      EXIT WHEN ids.COUNT = 0;
      JETON_SQL_TAKE(related, related_rows, ids, keep_backup, here);
      JETON_SQL_TAKE(source, by_row, ids, keep_backup, here);
      total := total + here;
      COMMIT;
      DBMS_LOCK.SLEEP(pause);
    END LOOP;
  END TAKE_REQUESTS;

  PROCEDURE TAKE_MAPPINGS(session_ids SYS.ODCIVARCHAR2LIST, rows_gone OUT NUMBER) IS
    here NUMBER;
  BEGIN
    rows_gone := 0;
    FOR n IN 1 .. mappings.COUNT LOOP
      JETON_SQL_TAKE(mappings(n), by_session || ' AND ' || here_only, session_ids, keep_backup, here);
      rows_gone := rows_gone + here;
    END LOOP;
  END TAKE_MAPPINGS;
BEGIN
  DBMS_LOCK.ALLOCATE_UNIQUE('JETON_PURGE_' || SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA'), handle);
  got := DBMS_LOCK.REQUEST(handle, DBMS_LOCK.X_MODE, 0, FALSE);
  IF got NOT IN (0, 4) THEN
    RAISE_APPLICATION_ERROR(-20000, 'another run of JETON_PURGE_SQL is under way');
  END IF;

  -- A new table would end a transaction, so the backups are there before the first one.
  FOR n IN 1 .. all_kept.COUNT LOOP
    IF keep_backup AND JETON_SQL_HAS(all_kept(n)) AND NOT JETON_SQL_HAS('JETON_BAK_' || all_kept(n)) THEN
      EXECUTE IMMEDIATE 'CREATE TABLE JETON_BAK_' || all_kept(n) || ' AS SELECT X.*, SYS_EXTRACT_UTC(SYSTIMESTAMP) AS PURGED_AT FROM '
        || all_kept(n) || ' X WHERE 1 = 0';
    END IF;
  END LOOP;

  -- Tokens, along the primary key.
  total := 0;
  passed := first_id;
  WHILE purge_tokens LOOP
    SELECT TOKEN_ID BULK COLLECT INTO seen FROM (SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_ID > passed ORDER BY TOKEN_ID) WHERE ROWNUM <= batch;
    EXIT WHEN seen.COUNT = 0;
    passed := seen(seen.LAST);
    SELECT T.TOKEN_ID BULK COLLECT INTO ids FROM IDN_OAUTH2_ACCESS_TOKEN T
    WHERE T.TOKEN_ID IN (SELECT COLUMN_VALUE FROM TABLE(seen)) AND (
      -- Nothing may be done with it any more.
      T.TOKEN_STATE = 'REVOKED'
      -- It tells of a replay for as long as its refresh token lives.
      OR (T.TOKEN_STATE = 'INACTIVE' AND COALESCE(
        JETON_SQL_MS(T.REFRESH_TOKEN_TIME_CREATED) + CASE WHEN T.REFRESH_TOKEN IS NULL AND T.REFRESH_TOKEN_HASH IS NULL THEN 0
          WHEN T.REFRESH_TOKEN_VALIDITY_PERIOD >= 0 AND T.REFRESH_TOKEN_VALIDITY_PERIOD < never THEN T.REFRESH_TOKEN_VALIDITY_PERIOD END,
        JETON_SQL_MS(GREATEST(T.TIME_CREATED, T.REFRESH_TOKEN_TIME_CREATED)) + replay_memory * 1000) < now_ms)
      -- WSO2 refreshes both: neither half may live. NULL, without an end, is never before anything.
      OR (T.TOKEN_STATE IN ('ACTIVE', 'EXPIRED')
        AND JETON_SQL_MS(T.TIME_CREATED)
          + CASE WHEN T.VALIDITY_PERIOD >= 0 AND T.VALIDITY_PERIOD < never THEN T.VALIDITY_PERIOD END + safe_ms < now_ms
        AND JETON_SQL_MS(T.REFRESH_TOKEN_TIME_CREATED)
          + CASE WHEN T.REFRESH_TOKEN IS NULL AND T.REFRESH_TOKEN_HASH IS NULL THEN 0
            WHEN T.REFRESH_TOKEN_VALIDITY_PERIOD >= 0 AND T.REFRESH_TOKEN_VALIDITY_PERIOD < never THEN T.REFRESH_TOKEN_VALIDITY_PERIOD END
          + safe_ms < now_ms))
    FOR UPDATE OF T.TOKEN_STATE SKIP LOCKED;
    IF ids.COUNT > 0 THEN
      IF keep_audit THEN
        INSERT INTO IDN_OAUTH2_ACCESS_TOKEN_AUDIT (TOKEN_ID, ACCESS_TOKEN, REFRESH_TOKEN, CONSUMER_KEY_ID, AUTHZ_USER, TENANT_ID, USER_DOMAIN, USER_TYPE,
          GRANT_TYPE, TIME_CREATED, REFRESH_TOKEN_TIME_CREATED, VALIDITY_PERIOD, REFRESH_TOKEN_VALIDITY_PERIOD, TOKEN_SCOPE_HASH, TOKEN_STATE,
          TOKEN_STATE_ID, SUBJECT_IDENTIFIER, ACCESS_TOKEN_HASH, REFRESH_TOKEN_HASH, INVALIDATED_TIME, IDP_ID)
        SELECT T.TOKEN_ID, T.ACCESS_TOKEN, T.REFRESH_TOKEN, T.CONSUMER_KEY_ID, T.AUTHZ_USER, T.TENANT_ID, T.USER_DOMAIN, T.USER_TYPE,
          T.GRANT_TYPE, T.TIME_CREATED, T.REFRESH_TOKEN_TIME_CREATED, T.VALIDITY_PERIOD, T.REFRESH_TOKEN_VALIDITY_PERIOD, T.TOKEN_SCOPE_HASH,
          CASE WHEN T.TOKEN_STATE = 'ACTIVE' THEN 'EXPIRED' ELSE T.TOKEN_STATE END,
          T.TOKEN_STATE_ID, T.SUBJECT_IDENTIFIER, T.ACCESS_TOKEN_HASH, T.REFRESH_TOKEN_HASH, SYS_EXTRACT_UTC(SYSTIMESTAMP), T.IDP_ID
        FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE T.TOKEN_ID IN (SELECT COLUMN_VALUE FROM TABLE(ids));
      END IF;
      JETON_SQL_TAKE('IDN_OIDC_REQ_OBJECT_REFERENCE', by_token, ids, FALSE, gone);
      JETON_SQL_TAKE('IDN_OAUTH2_ACCESS_TOKEN_SCOPE', by_token, ids, keep_backup, gone);
      JETON_SQL_TAKE('IDN_OAUTH2_TOKEN_BINDING', by_token, ids, keep_backup, gone);
      JETON_SQL_TAKE('IDN_OAUTH2_ACCESS_TOKEN_EXTENDED', by_token, ids, keep_backup, gone);
      JETON_SQL_TAKE('IDN_OAUTH2_ACCESS_TOKEN', by_token, ids, keep_backup, gone);
      total := total + gone;
      COMMIT;
      DBMS_LOCK.SLEEP(pause);
    ELSE
      COMMIT;
    END IF;
  END LOOP;
  JETON_SQL_NOTE('tokens', total);

  -- Codes. One that is presented again has to find the token that it was exchanged for.
  total := 0;
  passed := first_id;
  WHILE purge_codes LOOP
    SELECT CODE_ID BULK COLLECT INTO seen FROM (SELECT CODE_ID FROM IDN_OAUTH2_AUTHORIZATION_CODE WHERE CODE_ID > passed ORDER BY CODE_ID) WHERE ROWNUM <= batch;
    EXIT WHEN seen.COUNT = 0;
    passed := seen(seen.LAST);
    SELECT C.CODE_ID BULK COLLECT INTO ids FROM IDN_OAUTH2_AUTHORIZATION_CODE C
    WHERE C.CODE_ID IN (SELECT COLUMN_VALUE FROM TABLE(seen)) AND NOT EXISTS (SELECT 1 FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE T.TOKEN_ID = C.TOKEN_ID)
      AND (C.STATE <> 'ACTIVE' OR (C.STATE = 'ACTIVE' AND C.VALIDITY_PERIOD >= 0 AND C.VALIDITY_PERIOD < never
        AND JETON_SQL_MS(C.TIME_CREATED) + C.VALIDITY_PERIOD + safe_ms < now_ms))
    FOR UPDATE OF C.STATE SKIP LOCKED;
    IF ids.COUNT > 0 THEN
      JETON_SQL_TAKE('IDN_OIDC_REQ_OBJECT_REFERENCE', by_code, ids, FALSE, gone);
      JETON_SQL_TAKE('IDN_OAUTH2_AUTHZ_CODE_SCOPE', by_code, ids, keep_backup, gone);
      JETON_SQL_TAKE('IDN_OAUTH2_AUTHORIZATION_CODE', by_code, ids, keep_backup, gone);
      total := total + gone;
      COMMIT;
      DBMS_LOCK.SLEEP(pause);
    ELSE
      COMMIT;
    END IF;
  END LOOP;
  IF purge_codes THEN
    TAKE_REQUESTS('IDN_OAUTH2_DEVICE_FLOW', 'C.STATUS = ''EXPIRED'' OR JETON_SQL_MS(C.EXPIRY_TIME)', 'IDN_OAUTH2_DEVICE_FLOW_SCOPES',
      'X.SCOPE_ID IN (SELECT CODE_ID FROM IDN_OAUTH2_DEVICE_FLOW WHERE ROWID IN (SELECT CHARTOROWID(COLUMN_VALUE) FROM TABLE(:ids)))');
    TAKE_REQUESTS('IDN_OAUTH2_CIBA_AUTH_CODE', 'C.AUTH_REQ_STATUS IN (''EXPIRED'', ''TOKEN_ISSUED'', ''FAILED'') OR C.EXPIRES_IN > 0
      AND JETON_SQL_MS(C.ISSUED_TIME) + C.EXPIRES_IN * 1000', 'IDN_OAUTH2_CIBA_REQUEST_SCOPES',
      'X.AUTH_CODE_KEY IN (SELECT AUTH_CODE_KEY FROM IDN_OAUTH2_CIBA_AUTH_CODE WHERE ROWID IN (SELECT CHARTOROWID(COLUMN_VALUE) FROM TABLE(:ids)))');
    TAKE_REQUESTS('IDN_OAUTH_PAR', 'C.SCHEDULED_EXPIRY', 'none', '');
  END IF;
  JETON_SQL_NOTE('codes', total);

  -- Sessions: a log of which the newest row of each id and type counts. A batch has whole sessions.
  total := 0;
  FOR n IN 1 .. stores.COUNT LOOP
    passed := first_id;
    -- A logout is kept for a while too: a row of before it may be written late.
    ended := 'CASE X.OPERATION WHEN ''STORE'' THEN COALESCE(X.EXPIRY_TIME, X.TIME_CREATED + ' || TO_CHAR(session_life * 1000000000)
      || ') WHEN ''DELETE'' THEN X.TIME_CREATED ELSE ' || TO_CHAR(now_ns) || ' END < ' || TO_CHAR((now_ms - safe_ms) * 1000000);
    WHILE purge_sessions AND JETON_SQL_HAS(stores(n)) LOOP
      EXECUTE IMMEDIATE 'SELECT DISTINCT SESSION_ID FROM (SELECT SESSION_ID FROM (SELECT SESSION_ID FROM ' || stores(n)
        || ' WHERE SESSION_ID > :passed ORDER BY SESSION_ID) WHERE ROWNUM <= :batch) ORDER BY SESSION_ID' BULK COLLECT INTO seen USING passed, batch;
      EXIT WHEN seen.COUNT = 0;
      passed := seen(seen.LAST);
      -- What a later row supersedes goes first, so that it cannot count again when that one is gone. What an unfinished login has left goes by its age.
      EXECUTE IMMEDIATE 'SELECT ROWIDTOCHAR(X.ROWID) FROM ' || stores(n) || ' X WHERE X.SESSION_ID IN (SELECT COLUMN_VALUE FROM TABLE(:ids)) AND '
        || CASE n WHEN 2 THEN 'X.TIME_CREATED < ' || TO_CHAR(now_ns - pre_session_life * 1000000000) ELSE 'EXISTS (SELECT 1 FROM ' || stores(n) || ' L
          WHERE L.SESSION_ID = X.SESSION_ID AND L.SESSION_TYPE = X.SESSION_TYPE AND L.TIME_CREATED > X.TIME_CREATED)' END
        || ' FOR UPDATE OF X.OPERATION SKIP LOCKED' BULK COLLECT INTO ids USING seen;
      JETON_SQL_TAKE(stores(n), by_row, ids, keep_backup, taken);
      gone := 0;
      IF n = 1 THEN
        EXECUTE IMMEDIATE 'SELECT ROWIDTOCHAR(X.ROWID), X.SESSION_ID FROM ' || stores(n) || ' X WHERE X.SESSION_ID IN (SELECT COLUMN_VALUE FROM TABLE(:ids))
          AND ' || ended || ' AND (X.OPERATION = ''STORE'' OR NOT EXISTS (SELECT 1 FROM ' || stores(n) || ' O
            WHERE O.SESSION_ID = X.SESSION_ID AND O.SESSION_TYPE = X.SESSION_TYPE AND NOT (' || REPLACE(ended, 'X.', 'O.') || ')))
          FOR UPDATE OF X.OPERATION SKIP LOCKED' BULK COLLECT INTO ids, lost USING seen;
        JETON_SQL_TAKE(stores(n), by_row, ids, keep_backup, gone);
      END IF;
      taken := taken + gone;
      total := total + taken;
      IF gone > 0 THEN
        TAKE_MAPPINGS(lost, gone);
      END IF;
      COMMIT;
      IF taken > 0 THEN
        DBMS_LOCK.SLEEP(pause);
      END IF;
    END LOOP;
  END LOOP;
  -- Mappings that have lost their session: noted in one run and deleted in a later one, since a session may be written after its mapping. Where there
  -- is no session at all nothing can be said: they may be in another database.
  SELECT COUNT(*) INTO gone FROM IDN_AUTH_SESSION_STORE WHERE ROWNUM = 1;
  IF purge_sessions AND gone > 0 THEN
    EXECUTE IMMEDIATE 'DELETE FROM JETON_SQL_ORPHAN X WHERE EXISTS (SELECT 1 FROM IDN_AUTH_SESSION_STORE S WHERE S.SESSION_ID = X.SESSION_ID)';
    COMMIT;
    LOOP
      SELECT SESSION_ID BULK COLLECT INTO ids FROM JETON_SQL_ORPHAN WHERE FOUND_AT + safe_ms < now_ms AND ROWNUM <= batch;
      EXIT WHEN ids.COUNT = 0;
      TAKE_MAPPINGS(ids, gone);
      total := total + gone;
      DELETE FROM JETON_SQL_ORPHAN WHERE SESSION_ID IN (SELECT COLUMN_VALUE FROM TABLE(ids));
      COMMIT;
      DBMS_LOCK.SLEEP(pause);
    END LOOP;
    FOR n IN 1 .. mappings.COUNT LOOP
      IF JETON_SQL_HAS(mappings(n)) THEN
        EXECUTE IMMEDIATE 'INSERT INTO JETON_SQL_ORPHAN (SESSION_ID, FOUND_AT) SELECT DISTINCT X.SESSION_ID, :found FROM ' || mappings(n) || ' X
          WHERE X.SESSION_ID IS NOT NULL AND ' || here_only || ' AND NOT EXISTS (SELECT 1 FROM JETON_SQL_ORPHAN O WHERE O.SESSION_ID = X.SESSION_ID)' USING now_ms;
        COMMIT;
      END IF;
    END LOOP;
  END IF;
  JETON_SQL_NOTE('sessions', total);

  -- The audit, by a retention of your own.
  total := 0;
  WHILE audit_retention > 0 LOOP
    DELETE FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT WHERE INVALIDATED_TIME < now_utc - NUMTODSINTERVAL(audit_retention, 'DAY') AND ROWNUM <= batch;
    gone := SQL%ROWCOUNT;
    COMMIT;
    EXIT WHEN gone = 0;
    total := total + gone;
    DBMS_LOCK.SLEEP(pause);
  END LOOP;
  JETON_SQL_NOTE('audit', total);

  -- The registry's log, where it is in this schema: of each path the newest entry stays.
  -- A deletion is followed by nothing, so it goes as well; but not before whoever reads the log has seen it. Its time is in the zone of WSO2.
  total := 0;
  IF purge_registry AND JETON_SQL_HAS('REG_LOG') THEN
    OPEN entries FOR 'SELECT TO_CHAR(REG_LOG_ID) FROM (
      SELECT REG_LOG_ID, REG_ACTION, REG_LOGGED_TIME, MAX(REG_LOG_ID) OVER (PARTITION BY REG_PATH, REG_TENANT_ID) AS NEWEST FROM REG_LOG
        WHERE REG_PATH IS NOT NULL)
      WHERE REG_LOG_ID < NEWEST OR (REG_ACTION = 7 AND REG_LOGGED_TIME < :old)' USING now_utc - NUMTODSINTERVAL(registry_grace, 'SECOND');
    LOOP
      FETCH entries BULK COLLECT INTO ids LIMIT batch;
      EXIT WHEN ids.COUNT = 0;
      JETON_SQL_TAKE('REG_LOG', by_entry, ids, FALSE, gone);
      total := total + gone;
      COMMIT;
      DBMS_LOCK.SLEEP(pause);
    END LOOP;
    CLOSE entries;
  END IF;
  JETON_SQL_NOTE('registry', total);
  got := DBMS_LOCK.RELEASE(handle);
EXCEPTION
  WHEN OTHERS THEN
    ROLLBACK;
    got := DBMS_LOCK.RELEASE(handle);
    RAISE;
END JETON_PURGE_SQL;
/

-- The schedule: every day at 3:00 UTC.
DECLARE
  found NUMBER;
BEGIN
  SELECT COUNT(*) INTO found FROM USER_SCHEDULER_JOBS WHERE JOB_NAME = 'JETON_PURGE';
  IF found = 0 THEN
    DBMS_SCHEDULER.CREATE_JOB(job_name => 'JETON_PURGE', job_type => 'STORED_PROCEDURE', job_action => 'JETON_PURGE_SQL',
      start_date => TIMESTAMP '2026-01-01 03:00:00 UTC', repeat_interval => 'FREQ=DAILY;BYHOUR=3;BYMINUTE=0;BYSECOND=0', enabled => TRUE);
  END IF;
END;
/
