-- Jeton: purging by the database itself, for MySQL 8 and MariaDB 10.6 and newer. Run on MariaDB 10.11; not on MySQL 8.
--
-- What goes is what `jeton purge` deletes; docs/purging-sql.md says it row by row. Install it in the database that Jeton (or WSO2, taken over by
-- `jeton migrate`) uses:          mysql <database> < this-file
-- Run it:                         CALL JETON_PURGE_SQL();
-- It needs SELECT, INSERT, UPDATE, DELETE, CREATE, DROP and CREATE TEMPORARY TABLES on the database, and a binary log that is not in STATEMENT format.
--
-- Times are UTC and milliseconds. Every batch is a transaction of its own; rows that somebody else has locked are left for the next run; two runs at
-- once are not possible. A run that breaks off has done whole batches only, and the next one goes on.

CREATE TABLE IF NOT EXISTS JETON_SQL_RUN (TARGET VARCHAR(20) NOT NULL PRIMARY KEY, ENDED_AT DATETIME NOT NULL, DELETED BIGINT NOT NULL) ENGINE = InnoDB;

DROP PROCEDURE IF EXISTS JETON_SQL_DO;
DROP PROCEDURE IF EXISTS JETON_SQL_TAKE;
DROP PROCEDURE IF EXISTS JETON_SQL_NOTE;
DROP PROCEDURE IF EXISTS JETON_PURGE_SQL;

DELIMITER $$

-- Runs one statement that is put together here, and counts its rows.
CREATE PROCEDURE JETON_SQL_DO(statement TEXT, OUT row_total BIGINT)
BEGIN
  SET @JETON_SQL_TEXT = statement;
  PREPARE JETON_SQL_STATEMENT FROM @JETON_SQL_TEXT;
  EXECUTE JETON_SQL_STATEMENT;
  SET row_total = ROW_COUNT();
  DEALLOCATE PREPARE JETON_SQL_STATEMENT;
END $$

-- Deletes the rows X of a table that a row B of a batch means, where there is such a table; with `keep` they are copied to JETON_BAK_<table> before.
CREATE PROCEDURE JETON_SQL_TAKE(source VARCHAR(64), batch_table VARCHAR(64), meant TEXT, keep BOOLEAN, OUT row_total BIGINT)
BEGIN
  SET row_total = 0;
  IF EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = source) THEN
    IF keep THEN
      CALL JETON_SQL_DO(CONCAT('INSERT INTO JETON_BAK_', source, ' SELECT X.*, UTC_TIMESTAMP() FROM ', batch_table, ' B STRAIGHT_JOIN ', source,
        ' X ON ', meant), row_total);
    END IF;
    CALL JETON_SQL_DO(CONCAT('DELETE X FROM ', batch_table, ' B STRAIGHT_JOIN ', source, ' X ON ', meant), row_total);
  END IF;
END $$

-- What the last run did: SELECT * FROM JETON_SQL_RUN.
CREATE PROCEDURE JETON_SQL_NOTE(name VARCHAR(20), rows_deleted BIGINT)
BEGIN
  DELETE FROM JETON_SQL_RUN WHERE TARGET = name;
  INSERT INTO JETON_SQL_RUN VALUES (name, UTC_TIMESTAMP(), rows_deleted);
END $$

CREATE PROCEDURE JETON_PURGE_SQL()
BEGIN
  -- ---------------------------------------------------------------------------------------------------------------------------------------
  -- What you may change
  -- ---------------------------------------------------------------------------------------------------------------------------------------
  DECLARE batch            INT DEFAULT 1000;           -- rows that one transaction looks at, and at most deletes
  DECLARE pause            DECIMAL(6, 3) DEFAULT 0.1;  -- seconds between two batches that have deleted something
  DECLARE safe_period      BIGINT DEFAULT 7200;        -- seconds that a row is left alone after its end: 2 hours
  DECLARE replay_memory    BIGINT DEFAULT 2592000;     -- seconds that a rotated refresh token without an end is remembered: 30 days
  DECLARE session_life     BIGINT DEFAULT 1209600;     -- seconds that a session lives whose row names no end: 14 days
  DECLARE pre_session_life BIGINT DEFAULT 2400;        -- seconds that an unfinished login lives: 40 minutes
  DECLARE registry_grace   BIGINT DEFAULT 93600;       -- seconds that a registry's newest entry stays when it is a deletion: 26 hours
  DECLARE keep_audit       BOOLEAN DEFAULT TRUE;       -- whether tokens go to IDN_OAUTH2_ACCESS_TOKEN_AUDIT ([oauth.token_cleanup])
  DECLARE audit_retention  BIGINT DEFAULT 7776000;     -- seconds that they stay there: 90 days
  DECLARE keep_backup      BOOLEAN DEFAULT FALSE;      -- whether tokens, codes and sessions are copied to JETON_BAK_<table> before they go
  DECLARE purge_tokens     BOOLEAN DEFAULT TRUE;
  DECLARE purge_codes      BOOLEAN DEFAULT TRUE;
  DECLARE purge_sessions   BOOLEAN DEFAULT TRUE;
  DECLARE purge_audit      BOOLEAN DEFAULT TRUE;
  DECLARE purge_log        BOOLEAN DEFAULT TRUE;       -- Jeton's revocations and grants
  DECLARE purge_registry   BOOLEAN DEFAULT TRUE;
  -- The time zone of the sessions in which WSO2 writes: it writes UTC, which such a session reads back as UTC.
  DECLARE wso2_time_zone   VARCHAR(64) DEFAULT @@GLOBAL.time_zone;
  -- ---------------------------------------------------------------------------------------------------------------------------------------
  DECLARE never      BIGINT DEFAULT 99999999999990;    -- a validity in milliseconds from here on, or below 0, or absent: without an end
  DECLARE lock_name  VARCHAR(64) DEFAULT CONCAT('jeton.purge.', MD5(DATABASE()));
  DECLARE since      DATETIME DEFAULT '1970-01-01 00:00:00';
  -- The run knows one time, its beginning: what becomes old meanwhile is for the next one.
  DECLARE now_ms     BIGINT DEFAULT TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000;
  DECLARE now_s      BIGINT DEFAULT now_ms DIV 1000;
  DECLARE now_ns     BIGINT DEFAULT now_ms * 1000000;
  DECLARE safe_ms    BIGINT DEFAULT safe_period * 1000;
  DECLARE own_zone   VARCHAR(64) DEFAULT @@SESSION.time_zone;
  DECLARE here_only  TEXT DEFAULT 'NOT EXISTS (SELECT 1 FROM IDN_AUTH_SESSION_STORE S WHERE S.SESSION_ID = X.SESSION_ID)';
  DECLARE lost       TEXT DEFAULT CONCAT('X.SESSION_ID = B.SESSION_ID AND ', here_only);
  DECLARE row_key    TEXT DEFAULT 'X.SESSION_ID = B.SESSION_ID AND X.SESSION_TYPE = B.SESSION_TYPE
    AND X.TIME_CREATED = B.TIME_CREATED AND X.OPERATION = B.OPERATION';
  DECLARE row_total  BIGINT DEFAULT 0;
  DECLARE batch_total BIGINT DEFAULT 0;
  DECLARE gone_total BIGINT DEFAULT 0;
  DECLARE phase      INT DEFAULT 1;
  DECLARE place      INT;
  DECLARE place_of_mapping INT;
  DECLARE store      VARCHAR(64);
  DECLARE mapping    VARCHAR(64);
  DECLARE request_key VARCHAR(64);
  DECLARE request_link VARCHAR(64);
  DECLARE ended      TEXT;
  DECLARE last_log   BIGINT;
  DECLARE passed_log BIGINT DEFAULT 0;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    SET SESSION time_zone = own_zone;
    DO RELEASE_LOCK(lock_name);
    RESIGNAL;
  END;

  IF COALESCE(GET_LOCK(lock_name, 0), 0) <> 1 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'another run of JETON_PURGE_SQL is under way';
  END IF;
  SET SESSION time_zone = wso2_time_zone;

  -- A new table would end a transaction, so the backups are there before the first one.
  SET place = 1;
  WHILE keep_backup AND place <= 17 DO
    SET store = ELT(place, 'IDN_OAUTH2_ACCESS_TOKEN', 'IDN_OAUTH2_ACCESS_TOKEN_SCOPE', 'IDN_OAUTH2_TOKEN_BINDING', 'IDN_OAUTH2_AUTHORIZATION_CODE',
      'IDN_OAUTH2_AUTHZ_CODE_SCOPE', 'IDN_AUTH_SESSION_STORE', 'IDN_AUTH_TEMP_SESSION_STORE', 'IDN_AUTH_USER_SESSION_MAPPING',
      'IDN_AUTH_SESSION_APP_INFO', 'IDN_AUTH_SESSION_META_DATA', 'IDN_FED_AUTH_SESSION_MAPPING', 'IDN_OAUTH2_ACCESS_TOKEN_EXTENDED',
      'IDN_OAUTH2_DEVICE_FLOW', 'IDN_OAUTH2_DEVICE_FLOW_SCOPES', 'IDN_OAUTH2_CIBA_AUTH_CODE', 'IDN_OAUTH2_CIBA_REQUEST_SCOPES', 'IDN_OAUTH_PAR');
    IF EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = store) THEN
      CALL JETON_SQL_DO(CONCAT('CREATE TABLE IF NOT EXISTS JETON_BAK_', store, ' AS SELECT X.*, UTC_TIMESTAMP() AS PURGED_AT FROM ', store,
        ' X LIMIT 0'), row_total);
    END IF;
    SET place = place + 1;
  END WHILE;

  -- Tokens. First Jeton's, by the index on PURGE_AFTER; then WSO2's, along the primary key.
  -- A batch stands in a temporary table made after the column, so that it has its collation: SEEN was looked at, PASSED is where it ended.
  DROP TEMPORARY TABLE IF EXISTS JETON_SQL_TOKEN, JETON_SQL_TOKEN_SEEN, JETON_SQL_TOKEN_PASSED;
  CREATE TEMPORARY TABLE JETON_SQL_TOKEN AS SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN LIMIT 0;
  CREATE TEMPORARY TABLE JETON_SQL_TOKEN_SEEN AS SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN LIMIT 0;
  CREATE TEMPORARY TABLE JETON_SQL_TOKEN_PASSED AS SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN LIMIT 0;
  INSERT INTO JETON_SQL_TOKEN_PASSED VALUES ('');
  tokens: WHILE purge_tokens DO
    -- Without this a MySQL transaction would lock what it only reads.
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    START TRANSACTION;
    DELETE FROM JETON_SQL_TOKEN;
    IF phase = 1 THEN
      INSERT INTO JETON_SQL_TOKEN
      SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN WHERE PURGE_AFTER < now_s ORDER BY PURGE_AFTER LIMIT batch FOR UPDATE SKIP LOCKED;
      SET row_total = ROW_COUNT();
      IF row_total = 0 THEN
        SET phase = 2;
        IF NOT EXISTS (SELECT 1 FROM IDN_OAUTH2_ACCESS_TOKEN WHERE JETON_GRANT_ID IS NULL) THEN
          COMMIT;
          LEAVE tokens;
        END IF;
      END IF;
    ELSE
      DELETE FROM JETON_SQL_TOKEN_SEEN;
      INSERT INTO JETON_SQL_TOKEN_SEEN
      SELECT TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN WHERE TOKEN_ID > (SELECT TOKEN_ID FROM JETON_SQL_TOKEN_PASSED) ORDER BY TOKEN_ID LIMIT batch;
      IF ROW_COUNT() = 0 THEN
        COMMIT;
        LEAVE tokens;
      END IF;
      UPDATE JETON_SQL_TOKEN_PASSED SET TOKEN_ID = (SELECT MAX(TOKEN_ID) FROM JETON_SQL_TOKEN_SEEN);
      INSERT INTO JETON_SQL_TOKEN
      SELECT T.TOKEN_ID FROM JETON_SQL_TOKEN_SEEN S STRAIGHT_JOIN IDN_OAUTH2_ACCESS_TOKEN T ON T.TOKEN_ID = S.TOKEN_ID
      WHERE T.PURGE_AFTER IS NULL AND T.JETON_GRANT_ID IS NULL AND (
        -- Nothing may be done with it any more.
        T.TOKEN_STATE = 'REVOKED'
        -- It tells of a replay for as long as its refresh token lives.
        OR (T.TOKEN_STATE = 'INACTIVE' AND COALESCE(
          TIMESTAMPDIFF(MICROSECOND, since, T.REFRESH_TOKEN_TIME_CREATED) DIV 1000
            + CASE WHEN T.REFRESH_TOKEN IS NULL AND T.REFRESH_TOKEN_HASH IS NULL THEN 0
              WHEN T.REFRESH_TOKEN_VALIDITY_PERIOD >= 0 AND T.REFRESH_TOKEN_VALIDITY_PERIOD < never THEN T.REFRESH_TOKEN_VALIDITY_PERIOD END,
          TIMESTAMPDIFF(MICROSECOND, since, GREATEST(T.TIME_CREATED, T.REFRESH_TOKEN_TIME_CREATED)) DIV 1000 + replay_memory * 1000) < now_ms)
        -- WSO2 refreshes both: neither half may live. NULL, without an end, is never before anything.
        OR (T.TOKEN_STATE IN ('ACTIVE', 'EXPIRED')
          AND TIMESTAMPDIFF(MICROSECOND, since, T.TIME_CREATED) DIV 1000
            + CASE WHEN T.VALIDITY_PERIOD >= 0 AND T.VALIDITY_PERIOD < never THEN T.VALIDITY_PERIOD END + safe_ms < now_ms
          AND TIMESTAMPDIFF(MICROSECOND, since, T.REFRESH_TOKEN_TIME_CREATED) DIV 1000
            + CASE WHEN T.REFRESH_TOKEN IS NULL AND T.REFRESH_TOKEN_HASH IS NULL THEN 0
              WHEN T.REFRESH_TOKEN_VALIDITY_PERIOD >= 0 AND T.REFRESH_TOKEN_VALIDITY_PERIOD < never THEN T.REFRESH_TOKEN_VALIDITY_PERIOD END
            + safe_ms < now_ms))
      FOR UPDATE SKIP LOCKED;
      SET row_total = ROW_COUNT();
    END IF;
    IF row_total > 0 THEN
      IF keep_audit THEN
        INSERT INTO IDN_OAUTH2_ACCESS_TOKEN_AUDIT (TOKEN_ID, ACCESS_TOKEN, REFRESH_TOKEN, CONSUMER_KEY_ID, AUTHZ_USER, TENANT_ID, USER_DOMAIN, USER_TYPE,
          GRANT_TYPE, TIME_CREATED, REFRESH_TOKEN_TIME_CREATED, VALIDITY_PERIOD, REFRESH_TOKEN_VALIDITY_PERIOD, TOKEN_SCOPE_HASH, SUBJECT_IDENTIFIER,
          ACCESS_TOKEN_HASH, REFRESH_TOKEN_HASH, IDP_ID, TOKEN_BINDING_REF, CONSENTED_TOKEN, AUTHORIZED_ORGANIZATION, JETON_GRANT_ID, JETON_GENERATION,
          JETON_GRANT_TIME, JETON_AUDIENCE, JETON_GRANTED_AUDIENCE, JETON_GRANTED_SCOPE, TOKEN_STATE, TOKEN_STATE_ID, INVALIDATED_TIME, PURGE_AFTER)
        SELECT T.TOKEN_ID, T.ACCESS_TOKEN, T.REFRESH_TOKEN, T.CONSUMER_KEY_ID, T.AUTHZ_USER, T.TENANT_ID, T.USER_DOMAIN, T.USER_TYPE,
          T.GRANT_TYPE, T.TIME_CREATED, T.REFRESH_TOKEN_TIME_CREATED, T.VALIDITY_PERIOD, T.REFRESH_TOKEN_VALIDITY_PERIOD, T.TOKEN_SCOPE_HASH,
          T.SUBJECT_IDENTIFIER, T.ACCESS_TOKEN_HASH, T.REFRESH_TOKEN_HASH, T.IDP_ID, T.TOKEN_BINDING_REF, T.CONSENTED_TOKEN, T.AUTHORIZED_ORGANIZATION,
          T.JETON_GRANT_ID, T.JETON_GENERATION, T.JETON_GRANT_TIME, T.JETON_AUDIENCE, T.JETON_GRANTED_AUDIENCE, T.JETON_GRANTED_SCOPE,
          CASE WHEN T.TOKEN_STATE = 'ACTIVE' THEN 'EXPIRED' ELSE T.TOKEN_STATE END,
          CASE WHEN T.TOKEN_STATE = 'ACTIVE' THEN MD5(CONCAT(T.TOKEN_ID, UUID())) ELSE T.TOKEN_STATE_ID END,
          UTC_TIMESTAMP(), now_s + audit_retention
        FROM JETON_SQL_TOKEN B STRAIGHT_JOIN IDN_OAUTH2_ACCESS_TOKEN T ON T.TOKEN_ID = B.TOKEN_ID;
      END IF;
      CALL JETON_SQL_TAKE('IDN_OAUTH2_ACCESS_TOKEN_SCOPE', 'JETON_SQL_TOKEN', 'X.TOKEN_ID = B.TOKEN_ID', keep_backup, row_total);
      CALL JETON_SQL_TAKE('IDN_OAUTH2_TOKEN_BINDING', 'JETON_SQL_TOKEN', 'X.TOKEN_ID = B.TOKEN_ID', keep_backup, row_total);
      CALL JETON_SQL_TAKE('IDN_OAUTH2_ACCESS_TOKEN_EXTENDED', 'JETON_SQL_TOKEN', 'X.TOKEN_ID = B.TOKEN_ID', keep_backup, row_total);
      CALL JETON_SQL_TAKE('IDN_OAUTH2_ACCESS_TOKEN', 'JETON_SQL_TOKEN', 'X.TOKEN_ID = B.TOKEN_ID', keep_backup, row_total);
      SET gone_total = gone_total + row_total;
      COMMIT;
      DO SLEEP(pause);
    ELSE
      COMMIT;
    END IF;
  END WHILE tokens;
  CALL JETON_SQL_NOTE('tokens', gone_total);

  -- Codes. One that is presented again has to find the token that it was exchanged for.
  SET gone_total = 0;
  DROP TEMPORARY TABLE IF EXISTS JETON_SQL_CODE, JETON_SQL_CODE_SEEN, JETON_SQL_CODE_PASSED;
  CREATE TEMPORARY TABLE JETON_SQL_CODE AS SELECT CODE_ID FROM IDN_OAUTH2_AUTHORIZATION_CODE LIMIT 0;
  CREATE TEMPORARY TABLE JETON_SQL_CODE_SEEN AS SELECT CODE_ID FROM IDN_OAUTH2_AUTHORIZATION_CODE LIMIT 0;
  CREATE TEMPORARY TABLE JETON_SQL_CODE_PASSED AS SELECT CODE_ID FROM IDN_OAUTH2_AUTHORIZATION_CODE LIMIT 0;
  INSERT INTO JETON_SQL_CODE_PASSED VALUES ('');
  codes: WHILE purge_codes DO
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    START TRANSACTION;
    DELETE FROM JETON_SQL_CODE;
    DELETE FROM JETON_SQL_CODE_SEEN;
    INSERT INTO JETON_SQL_CODE_SEEN
    SELECT CODE_ID FROM IDN_OAUTH2_AUTHORIZATION_CODE WHERE CODE_ID > (SELECT CODE_ID FROM JETON_SQL_CODE_PASSED) ORDER BY CODE_ID LIMIT batch;
    IF ROW_COUNT() = 0 THEN
      COMMIT;
      LEAVE codes;
    END IF;
    UPDATE JETON_SQL_CODE_PASSED SET CODE_ID = (SELECT MAX(CODE_ID) FROM JETON_SQL_CODE_SEEN);
    INSERT INTO JETON_SQL_CODE
    SELECT C.CODE_ID FROM JETON_SQL_CODE_SEEN S STRAIGHT_JOIN IDN_OAUTH2_AUTHORIZATION_CODE C ON C.CODE_ID = S.CODE_ID
    WHERE NOT EXISTS (SELECT 1 FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE T.TOKEN_ID = C.TOKEN_ID)
      AND (C.STATE <> 'ACTIVE' OR (C.STATE = 'ACTIVE' AND C.VALIDITY_PERIOD >= 0 AND C.VALIDITY_PERIOD < never
        AND TIMESTAMPDIFF(MICROSECOND, since, C.TIME_CREATED) DIV 1000 + C.VALIDITY_PERIOD + safe_ms < now_ms))
    FOR UPDATE SKIP LOCKED;
    IF ROW_COUNT() > 0 THEN
      CALL JETON_SQL_TAKE('IDN_OAUTH2_AUTHZ_CODE_SCOPE', 'JETON_SQL_CODE', 'X.CODE_ID = B.CODE_ID', keep_backup, row_total);
      CALL JETON_SQL_TAKE('IDN_OAUTH2_AUTHORIZATION_CODE', 'JETON_SQL_CODE', 'X.CODE_ID = B.CODE_ID', keep_backup, row_total);
      SET gone_total = gone_total + row_total;
      COMMIT;
      DO SLEEP(pause);
    ELSE
      COMMIT;
    END IF;
  END WHILE codes;
  -- Requests that wait for a user or a client, where WSO2 has them.
  SET place = 1;
  WHILE purge_codes AND place <= 3 DO
    SET store = ELT(place, 'IDN_OAUTH2_DEVICE_FLOW', 'IDN_OAUTH2_CIBA_AUTH_CODE', 'IDN_OAUTH_PAR');
    SET mapping = ELT(place, 'IDN_OAUTH2_DEVICE_FLOW_SCOPES', 'IDN_OAUTH2_CIBA_REQUEST_SCOPES', '');
    SET request_key = ELT(place, 'DEVICE_CODE', 'AUTH_CODE_KEY', 'REQ_URI_REF');
    SET request_link = ELT(place, 'CODE_ID', 'AUTH_CODE_KEY', 'REQ_URI_REF');
    SET ended = ELT(place,
      'C.STATUS = ''EXPIRED'' OR TIMESTAMPDIFF(MICROSECOND, ''1970-01-01 00:00:00'', C.EXPIRY_TIME) DIV 1000',
      'C.AUTH_REQ_STATUS IN (''EXPIRED'', ''TOKEN_ISSUED'', ''FAILED'') OR C.EXPIRES_IN > 0
        AND TIMESTAMPDIFF(MICROSECOND, ''1970-01-01 00:00:00'', C.ISSUED_TIME) DIV 1000 + C.EXPIRES_IN * 1000',
      'C.SCHEDULED_EXPIRY');
    IF EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = store) THEN
      DROP TEMPORARY TABLE IF EXISTS JETON_SQL_REQUEST;
      CALL JETON_SQL_DO(CONCAT('CREATE TEMPORARY TABLE JETON_SQL_REQUEST AS SELECT ', request_key, ' AS A_KEY, ', request_link, ' AS A_LINK FROM ', store,
        ' LIMIT 0'), row_total);
      requests: LOOP
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        START TRANSACTION;
        CALL JETON_SQL_DO('DELETE FROM JETON_SQL_REQUEST', row_total);
        CALL JETON_SQL_DO(CONCAT('INSERT INTO JETON_SQL_REQUEST SELECT C.', request_key, ', C.', request_link, ' FROM ', store, ' C WHERE ', ended, ' + ', safe_ms,
          ' < ', now_ms, ' ORDER BY C.', request_key, ' LIMIT ', batch, ' FOR UPDATE SKIP LOCKED'), row_total);
        IF row_total = 0 THEN
          COMMIT;
          LEAVE requests;
        END IF;
        CALL JETON_SQL_TAKE(mapping, 'JETON_SQL_REQUEST', CONCAT('X.', ELT(place, 'SCOPE_ID', 'AUTH_CODE_KEY', ''), ' = B.A_LINK'), keep_backup, row_total);
        CALL JETON_SQL_TAKE(store, 'JETON_SQL_REQUEST', CONCAT('X.', request_key, ' = B.A_KEY'), keep_backup, row_total);
        SET gone_total = gone_total + row_total;
        COMMIT;
        DO SLEEP(pause);
      END LOOP requests;
    END IF;
    SET place = place + 1;
  END WHILE;
  CALL JETON_SQL_NOTE('codes', gone_total);

  -- Sessions: a log of which the newest row of each id and type counts. A batch has whole sessions.
  SET gone_total = 0;
  SET place = 1;
  WHILE purge_sessions AND place <= 2 DO
    SET store = ELT(place, 'IDN_AUTH_SESSION_STORE', 'IDN_AUTH_TEMP_SESSION_STORE');
    -- A logout is kept for a while too: a row of before it may be written late.
    SET ended = CONCAT('CASE X.OPERATION WHEN ''STORE'' THEN COALESCE(X.EXPIRY_TIME, X.TIME_CREATED + ', session_life * 1000000000,
      ') WHEN ''DELETE'' THEN X.TIME_CREATED ELSE ', now_ns, ' END < ', now_ns - safe_ms * 1000000);
    IF EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = store) THEN
      DROP TEMPORARY TABLE IF EXISTS JETON_SQL_SESSION, JETON_SQL_SESSION_SEEN, JETON_SQL_SESSION_PASSED;
      CALL JETON_SQL_DO(CONCAT('CREATE TEMPORARY TABLE JETON_SQL_SESSION AS SELECT SESSION_ID, SESSION_TYPE, TIME_CREATED, OPERATION FROM ', store,
        ' LIMIT 0'), row_total);
      CALL JETON_SQL_DO(CONCAT('CREATE TEMPORARY TABLE JETON_SQL_SESSION_SEEN AS SELECT SESSION_ID FROM ', store, ' LIMIT 0'), row_total);
      CALL JETON_SQL_DO(CONCAT('CREATE TEMPORARY TABLE JETON_SQL_SESSION_PASSED AS SELECT SESSION_ID FROM ', store, ' LIMIT 0'), row_total);
      CALL JETON_SQL_DO('INSERT INTO JETON_SQL_SESSION_PASSED VALUES ('''')', row_total);
      sessions: LOOP
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        START TRANSACTION;
        CALL JETON_SQL_DO('DELETE FROM JETON_SQL_SESSION', row_total);
        CALL JETON_SQL_DO('DELETE FROM JETON_SQL_SESSION_SEEN', row_total);
        CALL JETON_SQL_DO(CONCAT('INSERT INTO JETON_SQL_SESSION_SEEN SELECT DISTINCT SESSION_ID FROM (SELECT SESSION_ID FROM ', store,
          ' WHERE SESSION_ID > (SELECT SESSION_ID FROM JETON_SQL_SESSION_PASSED) ORDER BY SESSION_ID LIMIT ', batch, ') B'), row_total);
        IF row_total = 0 THEN
          COMMIT;
          LEAVE sessions;
        END IF;
        CALL JETON_SQL_DO('UPDATE JETON_SQL_SESSION_PASSED SET SESSION_ID = (SELECT MAX(SESSION_ID) FROM JETON_SQL_SESSION_SEEN)', row_total);
        -- What a later row supersedes goes first, so that it cannot count again when that one is gone. What an unfinished login has left goes by its age.
        CALL JETON_SQL_DO(CONCAT('INSERT INTO JETON_SQL_SESSION SELECT X.SESSION_ID, X.SESSION_TYPE, X.TIME_CREATED, X.OPERATION
          FROM JETON_SQL_SESSION_SEEN V STRAIGHT_JOIN ', store, ' X ON X.SESSION_ID = V.SESSION_ID WHERE ', ELT(place, CONCAT('EXISTS (SELECT 1 FROM ', store, ' L
          WHERE L.SESSION_ID = X.SESSION_ID AND L.SESSION_TYPE = X.SESSION_TYPE AND L.TIME_CREATED > X.TIME_CREATED)'),
          CONCAT('X.TIME_CREATED < ', now_ns - pre_session_life * 1000000000)), ' FOR UPDATE SKIP LOCKED'), row_total);
        CALL JETON_SQL_TAKE(store, 'JETON_SQL_SESSION', row_key, keep_backup, batch_total);
        CALL JETON_SQL_DO('DELETE FROM JETON_SQL_SESSION', row_total);
        IF place = 1 THEN
          CALL JETON_SQL_DO(CONCAT('INSERT INTO JETON_SQL_SESSION SELECT X.SESSION_ID, X.SESSION_TYPE, X.TIME_CREATED, X.OPERATION
            FROM JETON_SQL_SESSION_SEEN V STRAIGHT_JOIN ', store, ' X ON X.SESSION_ID = V.SESSION_ID WHERE ', ended, ' AND (X.OPERATION = ''STORE''
            OR NOT EXISTS (SELECT 1 FROM ', store, ' O WHERE O.SESSION_ID = X.SESSION_ID AND O.SESSION_TYPE = X.SESSION_TYPE
              AND NOT (', REPLACE(ended, 'X.', 'O.'), '))) FOR UPDATE SKIP LOCKED'), row_total);
          CALL JETON_SQL_TAKE(store, 'JETON_SQL_SESSION', row_key, keep_backup, row_total);
          SET batch_total = batch_total + row_total;
        END IF;
        IF row_total > 0 AND place = 1 THEN
          CALL JETON_SQL_DO('DELETE FROM JETON_SQL_SESSION_SEEN', row_total);
          CALL JETON_SQL_DO('INSERT INTO JETON_SQL_SESSION_SEEN SELECT DISTINCT SESSION_ID FROM JETON_SQL_SESSION', row_total);
          SET place_of_mapping = 1;
          WHILE place_of_mapping <= 4 DO
            SET mapping = ELT(place_of_mapping, 'IDN_AUTH_USER_SESSION_MAPPING', 'IDN_AUTH_SESSION_APP_INFO', 'IDN_AUTH_SESSION_META_DATA',
              'IDN_FED_AUTH_SESSION_MAPPING');
            CALL JETON_SQL_TAKE(mapping, 'JETON_SQL_SESSION_SEEN', lost, keep_backup, row_total);
            SET place_of_mapping = place_of_mapping + 1;
          END WHILE;
        END IF;
        SET gone_total = gone_total + batch_total;
        COMMIT;
        IF batch_total > 0 THEN
          DO SLEEP(pause);
        END IF;
      END LOOP sessions;
    END IF;
    SET place = place + 1;
  END WHILE;
  -- Mappings that have lost their session: noted in one run and deleted in a later one, since a session may be written after its mapping. Where there
  -- is no session at all nothing can be said: they may be in another database.
  IF purge_sessions AND EXISTS (SELECT 1 FROM IDN_AUTH_SESSION_STORE) THEN
    DELETE X FROM JETON_ORPHANED_SESSION X JOIN IDN_AUTH_SESSION_STORE S ON S.SESSION_ID = X.SESSION_ID;
    DROP TEMPORARY TABLE IF EXISTS JETON_SQL_LOST;
    CREATE TEMPORARY TABLE JETON_SQL_LOST AS SELECT SESSION_ID FROM JETON_ORPHANED_SESSION LIMIT 0;
    orphans: LOOP
      SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
      START TRANSACTION;
      DELETE FROM JETON_SQL_LOST;
      INSERT INTO JETON_SQL_LOST
      SELECT SESSION_ID FROM JETON_ORPHANED_SESSION WHERE FOUND_AT < now_s - safe_period ORDER BY FOUND_AT, SESSION_ID LIMIT batch;
      IF ROW_COUNT() = 0 THEN
        COMMIT;
        LEAVE orphans;
      END IF;
      SET place = 1;
      WHILE place <= 4 DO
        SET mapping = ELT(place, 'IDN_AUTH_USER_SESSION_MAPPING', 'IDN_AUTH_SESSION_APP_INFO', 'IDN_AUTH_SESSION_META_DATA', 'IDN_FED_AUTH_SESSION_MAPPING');
        CALL JETON_SQL_TAKE(mapping, 'JETON_SQL_LOST', lost, keep_backup, row_total);
        SET gone_total = gone_total + row_total;
        SET place = place + 1;
      END WHILE;
      DELETE X FROM JETON_SQL_LOST B STRAIGHT_JOIN JETON_ORPHANED_SESSION X ON X.SESSION_ID = B.SESSION_ID;
      COMMIT;
      DO SLEEP(pause);
    END LOOP orphans;
    SET place = 1;
    WHILE place <= 4 DO
      SET mapping = ELT(place, 'IDN_AUTH_USER_SESSION_MAPPING', 'IDN_AUTH_SESSION_APP_INFO', 'IDN_AUTH_SESSION_META_DATA', 'IDN_FED_AUTH_SESSION_MAPPING');
      IF EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = mapping) THEN
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        START TRANSACTION;
        CALL JETON_SQL_DO(CONCAT('INSERT INTO JETON_ORPHANED_SESSION (SESSION_ID, FOUND_AT) SELECT DISTINCT X.SESSION_ID, ', now_s, ' FROM ', mapping,
          ' X WHERE ', here_only, ' ON DUPLICATE KEY UPDATE FOUND_AT = JETON_ORPHANED_SESSION.FOUND_AT'), row_total);
        COMMIT;
      END IF;
      SET place = place + 1;
    END WHILE;
  END IF;
  CALL JETON_SQL_NOTE('sessions', gone_total);

  -- The audit, by its own retention. Rows without PURGE_AFTER are WSO2's, and stay.
  SET gone_total = 0;
  DROP TEMPORARY TABLE IF EXISTS JETON_SQL_AUDIT;
  CREATE TEMPORARY TABLE JETON_SQL_AUDIT (ID BIGINT NOT NULL);
  audit: WHILE purge_audit DO
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    START TRANSACTION;
    DELETE FROM JETON_SQL_AUDIT;
    INSERT INTO JETON_SQL_AUDIT
    SELECT ID FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT WHERE PURGE_AFTER < now_s ORDER BY PURGE_AFTER LIMIT batch FOR UPDATE SKIP LOCKED;
    IF ROW_COUNT() = 0 THEN
      COMMIT;
      LEAVE audit;
    END IF;
    CALL JETON_SQL_TAKE('IDN_OAUTH2_ACCESS_TOKEN_AUDIT', 'JETON_SQL_AUDIT', 'X.ID = B.ID', FALSE, row_total);
    SET gone_total = gone_total + row_total;
    COMMIT;
    DO SLEEP(pause);
  END WHILE audit;
  CALL JETON_SQL_NOTE('audit', gone_total);

  SET gone_total = 0;
  DROP TEMPORARY TABLE IF EXISTS JETON_SQL_GRANT;
  CREATE TEMPORARY TABLE JETON_SQL_GRANT AS SELECT GRANT_ID FROM JETON_GRANT LIMIT 0;
  grants: WHILE purge_log DO
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    START TRANSACTION;
    DELETE FROM JETON_SQL_GRANT;
    INSERT INTO JETON_SQL_GRANT SELECT GRANT_ID FROM JETON_GRANT WHERE PURGE_AFTER < now_s ORDER BY PURGE_AFTER LIMIT batch FOR UPDATE SKIP LOCKED;
    IF ROW_COUNT() = 0 THEN
      COMMIT;
      LEAVE grants;
    END IF;
    CALL JETON_SQL_TAKE('JETON_GRANT', 'JETON_SQL_GRANT', 'X.GRANT_ID = B.GRANT_ID', FALSE, row_total);
    SET gone_total = gone_total + row_total;
    COMMIT;
    DO SLEEP(pause);
  END WHILE grants;
  CALL JETON_SQL_NOTE('grants', gone_total);

  -- The log of revocations: stored tokens are marked before the entry that hits them may go, then the head says how far the log has gaps.
  SET gone_total = 0;
  DROP TEMPORARY TABLE IF EXISTS JETON_SQL_PLACE;
  CREATE TEMPORARY TABLE JETON_SQL_PLACE (SEQ BIGINT NOT NULL);
  entries: WHILE purge_log DO
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    START TRANSACTION;
    DELETE FROM JETON_SQL_PLACE;
    INSERT INTO JETON_SQL_PLACE
    SELECT SEQ FROM JETON_REVOCATION WHERE PURGE_AFTER < now_s AND CREATED_AT < now_s - 3600 ORDER BY PURGE_AFTER, SEQ LIMIT batch;
    IF ROW_COUNT() = 0 THEN
      COMMIT;
      LEAVE entries;
    END IF;
    UPDATE JETON_SQL_PLACE P STRAIGHT_JOIN JETON_REVOCATION R ON R.SEQ = P.SEQ STRAIGHT_JOIN IDN_OAUTH2_ACCESS_TOKEN T ON T.TOKEN_ID = R.ID
    SET T.TOKEN_STATE = 'REVOKED', T.TOKEN_STATE_ID = MD5(CONCAT(T.TOKEN_ID, UUID()))
    WHERE R.KIND = 'token' AND T.TOKEN_STATE = 'ACTIVE' AND (R.CUTOFF IS NULL OR T.JETON_GRANT_TIME <= R.CUTOFF);
    UPDATE JETON_SQL_PLACE P STRAIGHT_JOIN JETON_REVOCATION R ON R.SEQ = P.SEQ STRAIGHT_JOIN IDN_OAUTH2_ACCESS_TOKEN T ON T.JETON_GRANT_ID = R.ID
    SET T.TOKEN_STATE = 'REVOKED', T.TOKEN_STATE_ID = MD5(CONCAT(T.TOKEN_ID, UUID()))
    WHERE R.KIND = 'grant' AND T.TOKEN_STATE = 'ACTIVE' AND (R.CUTOFF IS NULL OR T.JETON_GRANT_TIME <= R.CUTOFF);
    UPDATE JETON_SQL_PLACE P STRAIGHT_JOIN JETON_REVOCATION R ON R.SEQ = P.SEQ STRAIGHT_JOIN IDN_OAUTH_CONSUMER_APPS C ON C.CONSUMER_KEY = R.ID
    STRAIGHT_JOIN IDN_OAUTH2_ACCESS_TOKEN T ON T.CONSUMER_KEY_ID = C.ID
    SET T.TOKEN_STATE = 'REVOKED', T.TOKEN_STATE_ID = MD5(CONCAT(T.TOKEN_ID, UUID()))
    WHERE R.KIND = 'client' AND T.TOKEN_STATE = 'ACTIVE' AND (R.CUTOFF IS NULL OR T.JETON_GRANT_TIME <= R.CUTOFF);
    UPDATE JETON_SQL_PLACE P STRAIGHT_JOIN JETON_REVOCATION R ON R.SEQ = P.SEQ STRAIGHT_JOIN IDN_OAUTH2_ACCESS_TOKEN T
      ON T.SUBJECT_IDENTIFIER = R.ID AND T.USER_TYPE = 'APPLICATION_USER'
    SET T.TOKEN_STATE = 'REVOKED', T.TOKEN_STATE_ID = MD5(CONCAT(T.TOKEN_ID, UUID()))
    WHERE R.KIND = 'subject' AND T.TOKEN_STATE = 'ACTIVE' AND (R.CUTOFF IS NULL OR T.JETON_GRANT_TIME <= R.CUTOFF);
    UPDATE JETON_SQL_PLACE P STRAIGHT_JOIN JETON_REVOCATION R ON R.SEQ = P.SEQ STRAIGHT_JOIN IDN_OAUTH2_ACCESS_TOKEN T
    SET T.TOKEN_STATE = 'REVOKED', T.TOKEN_STATE_ID = MD5(CONCAT(T.TOKEN_ID, UUID()))
    WHERE R.KIND = 'all' AND T.TOKEN_STATE = 'ACTIVE' AND (R.CUTOFF IS NULL OR T.JETON_GRANT_TIME <= R.CUTOFF);
    UPDATE JETON_HEAD SET TRIMMED_TO = GREATEST(TRIMMED_TO, COALESCE(
      (SELECT SEQ FROM JETON_REVOCATION WHERE CREATED_AT < now_s - 3600 ORDER BY CREATED_AT DESC, SEQ DESC LIMIT 1), 0)) WHERE ID = 1;
    DELETE R FROM JETON_SQL_PLACE P STRAIGHT_JOIN JETON_REVOCATION R ON R.SEQ = P.SEQ WHERE R.SEQ <= (SELECT TRIMMED_TO FROM JETON_HEAD WHERE ID = 1);
    SET row_total = ROW_COUNT();
    SET gone_total = gone_total + row_total;
    COMMIT;
    IF row_total = 0 THEN
      LEAVE entries;
    END IF;
    DO SLEEP(pause);
  END WHILE entries;
  CALL JETON_SQL_NOTE('revocations', gone_total);

  -- The registry's log, where it is in this database: of each path the newest entry stays.
  SET gone_total = 0;
  IF purge_registry AND EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'REG_LOG') THEN
    DROP TEMPORARY TABLE IF EXISTS JETON_SQL_NEWEST, JETON_SQL_ENTRY;
    CREATE TEMPORARY TABLE JETON_SQL_NEWEST (REG_LOG_ID BIGINT NOT NULL PRIMARY KEY);
    CREATE TEMPORARY TABLE JETON_SQL_ENTRY (REG_LOG_ID BIGINT NOT NULL PRIMARY KEY);
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    START TRANSACTION;
    INSERT INTO JETON_SQL_NEWEST SELECT MAX(REG_LOG_ID) FROM REG_LOG GROUP BY REG_PATH, REG_TENANT_ID;
    COMMIT;
    SELECT MAX(REG_LOG_ID) INTO last_log FROM JETON_SQL_NEWEST;
    registry: LOOP
      SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
      START TRANSACTION;
      DELETE FROM JETON_SQL_ENTRY;
      INSERT INTO JETON_SQL_ENTRY SELECT REG_LOG_ID FROM REG_LOG WHERE REG_LOG_ID > passed_log AND REG_LOG_ID <= last_log ORDER BY REG_LOG_ID LIMIT batch;
      IF ROW_COUNT() = 0 THEN
        COMMIT;
        LEAVE registry;
      END IF;
      SELECT MAX(REG_LOG_ID) INTO passed_log FROM JETON_SQL_ENTRY;
      -- A deletion is followed by nothing, so it goes as well; but not before whoever reads the log has seen it. Its time is in the zone of WSO2.
      CALL JETON_SQL_TAKE('REG_LOG', 'JETON_SQL_ENTRY', CONCAT('X.REG_LOG_ID = B.REG_LOG_ID AND X.REG_PATH IS NOT NULL
        AND (NOT EXISTS (SELECT 1 FROM JETON_SQL_NEWEST N WHERE N.REG_LOG_ID = X.REG_LOG_ID) OR (X.REG_ACTION = 7
        AND X.REG_LOGGED_TIME < UTC_TIMESTAMP() - INTERVAL ', registry_grace, ' SECOND))'), FALSE, row_total);
      SET gone_total = gone_total + row_total;
      COMMIT;
      IF row_total > 0 THEN
        DO SLEEP(pause);
      END IF;
    END LOOP registry;
  END IF;
  CALL JETON_SQL_NOTE('registry', gone_total);
  SET SESSION time_zone = own_zone;
  DO RELEASE_LOCK(lock_name);
END $$

DELIMITER ;

-- The schedule: every day at 3:00 UTC. The server runs it only with   SET GLOBAL event_scheduler = ON;   and event_scheduler = ON in its configuration.
SET @JETON_SQL_ZONE = @@SESSION.time_zone;
SET SESSION time_zone = '+00:00';
CREATE EVENT IF NOT EXISTS JETON_PURGE ON SCHEDULE EVERY 1 DAY STARTS '2026-01-01 03:00:00' DO CALL JETON_PURGE_SQL();
SET SESSION time_zone = @JETON_SQL_ZONE;
