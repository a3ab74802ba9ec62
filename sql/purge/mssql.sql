-- Jeton: purging by the database itself, for SQL Server 2016 SP1 and newer.
--
-- NOT RUN by those who wrote it: Jeton does not store on this engine, so it is for databases of WSO2's alone. Try it on a copy first. Its rules are, row
-- by row, those of the scripts for PostgreSQL and MySQL, which are tested; Jeton's own tables are not here. docs/purging-sql.md says what goes.
-- Install it in WSO2's identity database:  sqlcmd -d <database> -i this-file
-- Run it:                                  EXEC JETON_PURGE_SQL
-- It needs SELECT, INSERT, DELETE on the tables, and CREATE TABLE where a backup is kept.
--
-- Times are UTC and milliseconds. Every batch is a transaction of its own; rows that somebody else has locked are left for the next run; two runs at
-- once are not possible. A run that breaks off has done whole batches only, and the next one goes on.

IF OBJECT_ID(N'JETON_SQL_RUN', N'U') IS NULL
  CREATE TABLE JETON_SQL_RUN (TARGET VARCHAR(20) NOT NULL PRIMARY KEY, ENDED_AT DATETIME2(0) NOT NULL, DELETED BIGINT NOT NULL);
IF OBJECT_ID(N'JETON_SQL_ORPHAN', N'U') IS NULL
  CREATE TABLE JETON_SQL_ORPHAN (SESSION_ID VARCHAR(255) NOT NULL PRIMARY KEY, FOUND_AT BIGINT NOT NULL);
GO

-- Deletes the rows X of a table that a row B of a batch means, where there is such a table; with @keep they are copied to JETON_BAK_<table> before.
CREATE OR ALTER PROCEDURE JETON_SQL_TAKE @source SYSNAME, @batch_table SYSNAME, @meant NVARCHAR(MAX), @keep BIT, @gone BIGINT OUTPUT AS
BEGIN
  SET NOCOUNT ON;
  DECLARE @statement NVARCHAR(MAX);
  SET @gone = 0;
  IF OBJECT_ID(@source, N'U') IS NULL RETURN;
  IF @keep = 1
  BEGIN
    -- Two halves, so that the copy has no identity column of its own.
    IF OBJECT_ID(N'JETON_BAK_' + @source, N'U') IS NULL
    BEGIN
      SET @statement = N'SELECT X.*, SYSUTCDATETIME() AS PURGED_AT INTO JETON_BAK_' + @source + N' FROM ' + @source + N' X WHERE 1 = 0
        UNION ALL SELECT X.*, SYSUTCDATETIME() FROM ' + @source + N' X WHERE 1 = 0';
      EXEC sp_executesql @statement;
    END;
    SET @statement = N'INSERT INTO JETON_BAK_' + @source + N' SELECT X.*, SYSUTCDATETIME() FROM ' + @source + N' X
      WHERE EXISTS (SELECT 1 FROM ' + @batch_table + N' B WHERE ' + @meant + N')';
    EXEC sp_executesql @statement;
  END;
  SET @statement = N'DELETE X FROM ' + @source + N' X WHERE EXISTS (SELECT 1 FROM ' + @batch_table + N' B WHERE ' + @meant + N'); SET @rows = ROWCOUNT_BIG()';
  EXEC sp_executesql @statement, N'@rows BIGINT OUTPUT', @rows = @gone OUTPUT;
END;
GO

-- What the last run did: SELECT * FROM JETON_SQL_RUN.
CREATE OR ALTER PROCEDURE JETON_SQL_NOTE @name VARCHAR(20), @deleted BIGINT AS
BEGIN
  SET NOCOUNT ON;
  DELETE FROM JETON_SQL_RUN WHERE TARGET = @name;
  INSERT INTO JETON_SQL_RUN (TARGET, ENDED_AT, DELETED) VALUES (@name, SYSUTCDATETIME(), @deleted);
END;
GO

CREATE OR ALTER PROCEDURE JETON_PURGE_SQL AS
BEGIN
  SET NOCOUNT ON;
  SET XACT_ABORT ON;
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  -- ---------------------------------------------------------------------------------------------------------------------------------------
  -- What you may change
  -- ---------------------------------------------------------------------------------------------------------------------------------------
  DECLARE @batch INT = 1000;                     -- rows that one transaction looks at, and at most deletes
  DECLARE @pause CHAR(12) = '00:00:00.100';      -- between two batches that have deleted something
  DECLARE @safe_period BIGINT = 7200;            -- seconds that a row is left alone after its end: 2 hours
  DECLARE @replay_memory BIGINT = 2592000;       -- seconds that a rotated refresh token without an end is remembered: 30 days
  DECLARE @session_life BIGINT = 1209600;        -- seconds that a session lives whose row names no end: 14 days
  DECLARE @pre_session_life BIGINT = 2400;       -- seconds that an unfinished login lives: 40 minutes
  DECLARE @registry_grace INT = 93600;           -- seconds that a registry's newest entry stays when it is a deletion: 26 hours
  DECLARE @keep_audit BIT = 0;                   -- whether tokens go to IDN_OAUTH2_ACCESS_TOKEN_AUDIT (retain_access_tokens_for_auditing)
  DECLARE @audit_retention INT = 0;              -- days after which they leave the audit; 0: never
  DECLARE @keep_backup BIT = 0;                  -- whether tokens, codes and sessions are copied to JETON_BAK_<table> before they go
  DECLARE @purge_tokens BIT = 1;
  DECLARE @purge_codes BIT = 1;
  DECLARE @purge_sessions BIT = 1;
  DECLARE @purge_registry BIT = 1;
  -- ---------------------------------------------------------------------------------------------------------------------------------------
  DECLARE @never BIGINT = 99999999999990;        -- a validity in milliseconds from here on, or below 0, or absent: without an end
  DECLARE @since DATETIME2(3) = '1970-01-01T00:00:00';
  -- The run knows one time, its beginning: what becomes old meanwhile is for the next one.
  DECLARE @now DATETIME2(3) = SYSUTCDATETIME();
  DECLARE @now_ms BIGINT = DATEDIFF_BIG(MILLISECOND, @since, @now);
  DECLARE @safe_ms BIGINT = @safe_period * 1000;
  DECLARE @here_only NVARCHAR(200) = N'X.SESSION_ID = B.SESSION_ID AND NOT EXISTS (SELECT 1 FROM IDN_AUTH_SESSION_STORE S WHERE S.SESSION_ID = X.SESSION_ID)';
  DECLARE @row_key NVARCHAR(400) = N'X.SESSION_ID = B.SESSION_ID AND X.SESSION_TYPE = B.SESSION_TYPE
    AND X.TIME_CREATED = B.TIME_CREATED AND X.OPERATION = B.OPERATION';
  DECLARE @passed VARCHAR(255), @passed_log BIGINT = 0, @last_log BIGINT, @place INT, @mapping_place INT, @store SYSNAME, @mapping SYSNAME;
  DECLARE @ended NVARCHAR(MAX), @meant NVARCHAR(400), @statement NVARCHAR(MAX), @got INT, @gone BIGINT, @taken BIGINT, @total BIGINT;

  EXEC @got = sp_getapplock @Resource = N'jeton.purge', @LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = 0;
  IF @got < 0
  BEGIN
    THROW 50000, 'another run of JETON_PURGE_SQL is under way', 1;
  END;

  CREATE TABLE #TOKEN (TOKEN_ID VARCHAR(255) COLLATE DATABASE_DEFAULT PRIMARY KEY);
  CREATE TABLE #TOKEN_SEEN (TOKEN_ID VARCHAR(255) COLLATE DATABASE_DEFAULT PRIMARY KEY);
  CREATE TABLE #CODE (CODE_ID VARCHAR(255) COLLATE DATABASE_DEFAULT PRIMARY KEY);
  CREATE TABLE #CODE_SEEN (CODE_ID VARCHAR(255) COLLATE DATABASE_DEFAULT PRIMARY KEY);
  CREATE TABLE #REQUEST (A_KEY VARCHAR(255) COLLATE DATABASE_DEFAULT PRIMARY KEY, A_LINK VARCHAR(255) COLLATE DATABASE_DEFAULT);
  CREATE TABLE #SESSION (SESSION_ID VARCHAR(100) COLLATE DATABASE_DEFAULT, SESSION_TYPE VARCHAR(100) COLLATE DATABASE_DEFAULT,
    TIME_CREATED BIGINT, OPERATION VARCHAR(10) COLLATE DATABASE_DEFAULT);
  CREATE TABLE #SESSION_SEEN (SESSION_ID VARCHAR(255) COLLATE DATABASE_DEFAULT PRIMARY KEY);
  CREATE TABLE #NEWEST (REG_LOG_ID BIGINT PRIMARY KEY);
  CREATE TABLE #ENTRY (REG_LOG_ID BIGINT PRIMARY KEY);

  BEGIN TRY
    -- Tokens, along the primary key.
    SET @total = 0;
    SET @passed = '';
    WHILE @purge_tokens = 1
    BEGIN
      BEGIN TRANSACTION;
      DELETE FROM #TOKEN;
      DELETE FROM #TOKEN_SEEN;
      INSERT INTO #TOKEN_SEEN SELECT TOP (@batch) TOKEN_ID FROM IDN_OAUTH2_ACCESS_TOKEN WITH (READPAST, READCOMMITTEDLOCK) WHERE TOKEN_ID > @passed ORDER BY TOKEN_ID;
      IF @@ROWCOUNT = 0
      BEGIN
        COMMIT TRANSACTION;
        BREAK;
      END;
      SELECT @passed = MAX(TOKEN_ID) FROM #TOKEN_SEEN;
      INSERT INTO #TOKEN
      SELECT T.TOKEN_ID FROM #TOKEN_SEEN S INNER JOIN IDN_OAUTH2_ACCESS_TOKEN T WITH (READPAST, UPDLOCK, ROWLOCK) ON T.TOKEN_ID = S.TOKEN_ID
      CROSS APPLY (SELECT
        DATEDIFF_BIG(MILLISECOND, @since, T.TIME_CREATED) AS ISSUED,
        DATEDIFF_BIG(MILLISECOND, @since, T.REFRESH_TOKEN_TIME_CREATED) AS REFRESH_ISSUED,
        CASE WHEN T.VALIDITY_PERIOD >= 0 AND T.VALIDITY_PERIOD < @never THEN T.VALIDITY_PERIOD END AS LIFE,
        CASE WHEN T.REFRESH_TOKEN IS NULL AND T.REFRESH_TOKEN_HASH IS NULL THEN 0
          WHEN T.REFRESH_TOKEN_VALIDITY_PERIOD >= 0 AND T.REFRESH_TOKEN_VALIDITY_PERIOD < @never THEN T.REFRESH_TOKEN_VALIDITY_PERIOD END AS REFRESH_LIFE) E
      WHERE
        -- Nothing may be done with it any more.
        T.TOKEN_STATE = 'REVOKED'
        -- It tells of a replay for as long as its refresh token lives.
        OR (T.TOKEN_STATE = 'INACTIVE' AND COALESCE(E.REFRESH_ISSUED + E.REFRESH_LIFE,
          CASE WHEN E.ISSUED > E.REFRESH_ISSUED THEN E.ISSUED ELSE E.REFRESH_ISSUED END + @replay_memory * 1000) < @now_ms)
        -- WSO2 refreshes both: neither half may live. NULL, without an end, is never before anything.
        OR (T.TOKEN_STATE IN ('ACTIVE', 'EXPIRED')
          AND E.ISSUED + E.LIFE + @safe_ms < @now_ms AND E.REFRESH_ISSUED + E.REFRESH_LIFE + @safe_ms < @now_ms);
      IF @@ROWCOUNT > 0
      BEGIN
        IF @keep_audit = 1
          INSERT INTO IDN_OAUTH2_ACCESS_TOKEN_AUDIT (TOKEN_ID, ACCESS_TOKEN, REFRESH_TOKEN, CONSUMER_KEY_ID, AUTHZ_USER, TENANT_ID, USER_DOMAIN, USER_TYPE,
            GRANT_TYPE, TIME_CREATED, REFRESH_TOKEN_TIME_CREATED, VALIDITY_PERIOD, REFRESH_TOKEN_VALIDITY_PERIOD, TOKEN_SCOPE_HASH, TOKEN_STATE,
            TOKEN_STATE_ID, SUBJECT_IDENTIFIER, ACCESS_TOKEN_HASH, REFRESH_TOKEN_HASH, INVALIDATED_TIME, IDP_ID)
          SELECT T.TOKEN_ID, T.ACCESS_TOKEN, T.REFRESH_TOKEN, T.CONSUMER_KEY_ID, T.AUTHZ_USER, T.TENANT_ID, T.USER_DOMAIN, T.USER_TYPE,
            T.GRANT_TYPE, T.TIME_CREATED, T.REFRESH_TOKEN_TIME_CREATED, T.VALIDITY_PERIOD, T.REFRESH_TOKEN_VALIDITY_PERIOD, T.TOKEN_SCOPE_HASH,
            CASE WHEN T.TOKEN_STATE = 'ACTIVE' THEN 'EXPIRED' ELSE T.TOKEN_STATE END,
            T.TOKEN_STATE_ID, T.SUBJECT_IDENTIFIER, T.ACCESS_TOKEN_HASH, T.REFRESH_TOKEN_HASH, SYSUTCDATETIME(), T.IDP_ID
          FROM #TOKEN B INNER JOIN IDN_OAUTH2_ACCESS_TOKEN T ON T.TOKEN_ID = B.TOKEN_ID;
        EXEC JETON_SQL_TAKE N'IDN_OIDC_REQ_OBJECT_REFERENCE', N'#TOKEN', N'X.TOKEN_ID = B.TOKEN_ID', 0, @gone OUTPUT;
        EXEC JETON_SQL_TAKE N'IDN_OAUTH2_ACCESS_TOKEN_SCOPE', N'#TOKEN', N'X.TOKEN_ID = B.TOKEN_ID', @keep_backup, @gone OUTPUT;
        EXEC JETON_SQL_TAKE N'IDN_OAUTH2_TOKEN_BINDING', N'#TOKEN', N'X.TOKEN_ID = B.TOKEN_ID', @keep_backup, @gone OUTPUT;
        EXEC JETON_SQL_TAKE N'IDN_OAUTH2_ACCESS_TOKEN_EXTENDED', N'#TOKEN', N'X.TOKEN_ID = B.TOKEN_ID', @keep_backup, @gone OUTPUT;
        EXEC JETON_SQL_TAKE N'IDN_OAUTH2_ACCESS_TOKEN', N'#TOKEN', N'X.TOKEN_ID = B.TOKEN_ID', @keep_backup, @gone OUTPUT;
        SET @total = @total + @gone;
        COMMIT TRANSACTION;
        WAITFOR DELAY @pause;
      END
      ELSE
        COMMIT TRANSACTION;
    END;
    EXEC JETON_SQL_NOTE 'tokens', @total;

    -- Codes. One that is presented again has to find the token that it was exchanged for.
    SET @total = 0;
    SET @passed = '';
    WHILE @purge_codes = 1
    BEGIN
      BEGIN TRANSACTION;
      DELETE FROM #CODE;
      DELETE FROM #CODE_SEEN;
      INSERT INTO #CODE_SEEN SELECT TOP (@batch) CODE_ID FROM IDN_OAUTH2_AUTHORIZATION_CODE WITH (READPAST, READCOMMITTEDLOCK) WHERE CODE_ID > @passed ORDER BY CODE_ID;
      IF @@ROWCOUNT = 0
      BEGIN
        COMMIT TRANSACTION;
        BREAK;
      END;
      SELECT @passed = MAX(CODE_ID) FROM #CODE_SEEN;
      INSERT INTO #CODE
      SELECT C.CODE_ID FROM #CODE_SEEN S INNER JOIN IDN_OAUTH2_AUTHORIZATION_CODE C WITH (READPAST, UPDLOCK, ROWLOCK) ON C.CODE_ID = S.CODE_ID
      WHERE NOT EXISTS (SELECT 1 FROM IDN_OAUTH2_ACCESS_TOKEN T WHERE T.TOKEN_ID = C.TOKEN_ID)
        AND (C.STATE <> 'ACTIVE' OR (C.STATE = 'ACTIVE' AND C.VALIDITY_PERIOD >= 0 AND C.VALIDITY_PERIOD < @never
          AND DATEDIFF_BIG(MILLISECOND, @since, C.TIME_CREATED) + C.VALIDITY_PERIOD + @safe_ms < @now_ms));
      IF @@ROWCOUNT > 0
      BEGIN
        EXEC JETON_SQL_TAKE N'IDN_OIDC_REQ_OBJECT_REFERENCE', N'#CODE', N'X.CODE_ID = B.CODE_ID', 0, @gone OUTPUT;
        EXEC JETON_SQL_TAKE N'IDN_OAUTH2_AUTHZ_CODE_SCOPE', N'#CODE', N'X.CODE_ID = B.CODE_ID', @keep_backup, @gone OUTPUT;
        EXEC JETON_SQL_TAKE N'IDN_OAUTH2_AUTHORIZATION_CODE', N'#CODE', N'X.CODE_ID = B.CODE_ID', @keep_backup, @gone OUTPUT;
        SET @total = @total + @gone;
        COMMIT TRANSACTION;
        WAITFOR DELAY @pause;
      END
      ELSE
        COMMIT TRANSACTION;
    END;
    -- Requests that wait for a user or a client, where WSO2 has them.
    SET @place = 1;
    WHILE @purge_codes = 1 AND @place <= 3
    BEGIN
      SET @store = CHOOSE(@place, N'IDN_OAUTH2_DEVICE_FLOW', N'IDN_OAUTH2_CIBA_AUTH_CODE', N'IDN_OAUTH_PAR');
      SET @mapping = CHOOSE(@place, N'IDN_OAUTH2_DEVICE_FLOW_SCOPES', N'IDN_OAUTH2_CIBA_REQUEST_SCOPES', N'');
      SET @ended = CHOOSE(@place,
        N'C.STATUS = ''EXPIRED'' OR DATEDIFF_BIG(MILLISECOND, @from, C.EXPIRY_TIME) + @safe < @at',
        N'C.AUTH_REQ_STATUS IN (''EXPIRED'', ''TOKEN_ISSUED'', ''FAILED'') OR (C.EXPIRES_IN > 0
          AND DATEDIFF_BIG(MILLISECOND, @from, C.ISSUED_TIME) + C.EXPIRES_IN * 1000 + @safe < @at)',
        N'C.SCHEDULED_EXPIRY + @safe < @at');
      SET @statement = N'INSERT INTO #REQUEST SELECT TOP (@most) ' + CHOOSE(@place, N'C.DEVICE_CODE, C.CODE_ID', N'C.AUTH_CODE_KEY, C.AUTH_CODE_KEY',
        N'C.REQ_URI_REF, C.REQ_URI_REF') + N' FROM ' + @store + N' C WITH (READPAST, UPDLOCK, ROWLOCK) WHERE ' + @ended;
      WHILE OBJECT_ID(@store, N'U') IS NOT NULL
      BEGIN
        BEGIN TRANSACTION;
        DELETE FROM #REQUEST;
        EXEC sp_executesql @statement, N'@most INT, @from DATETIME2(3), @safe BIGINT, @at BIGINT', @most = @batch, @from = @since, @safe = @safe_ms, @at = @now_ms;
        IF NOT EXISTS (SELECT 1 FROM #REQUEST)
        BEGIN
          COMMIT TRANSACTION;
          BREAK;
        END;
        SET @meant = N'X.' + CHOOSE(@place, N'SCOPE_ID', N'AUTH_CODE_KEY', N'REQ_URI_REF') + N' = B.A_LINK';
        EXEC JETON_SQL_TAKE @mapping, N'#REQUEST', @meant, @keep_backup, @gone OUTPUT;
        SET @meant = N'X.' + CHOOSE(@place, N'DEVICE_CODE', N'AUTH_CODE_KEY', N'REQ_URI_REF') + N' = B.A_KEY';
        EXEC JETON_SQL_TAKE @store, N'#REQUEST', @meant, @keep_backup, @gone OUTPUT;
        SET @total = @total + @gone;
        COMMIT TRANSACTION;
        WAITFOR DELAY @pause;
      END;
      SET @place = @place + 1;
    END;
    EXEC JETON_SQL_NOTE 'codes', @total;

    -- Sessions: a log of which the newest row of each id and type counts. A batch has whole sessions.
    SET @total = 0;
    SET @place = 1;
    WHILE @purge_sessions = 1 AND @place <= 2
    BEGIN
      SET @store = CHOOSE(@place, N'IDN_AUTH_SESSION_STORE', N'IDN_AUTH_TEMP_SESSION_STORE');
      SET @passed = '';
      -- A logout is kept for a while too: a row of before it may be written late.
      SET @ended = N'CASE X.OPERATION WHEN ''STORE'' THEN COALESCE(X.EXPIRY_TIME, X.TIME_CREATED + ' + CONVERT(NVARCHAR(20), @session_life * 1000000000)
        + N') WHEN ''DELETE'' THEN X.TIME_CREATED ELSE ' + CONVERT(NVARCHAR(20), @now_ms * 1000000) + N' END < '
        + CONVERT(NVARCHAR(20), (@now_ms - @safe_ms) * 1000000);
      WHILE OBJECT_ID(@store, N'U') IS NOT NULL
      BEGIN
        BEGIN TRANSACTION;
        DELETE FROM #SESSION_SEEN;
        SET @statement = N'INSERT INTO #SESSION_SEEN SELECT DISTINCT SESSION_ID FROM (SELECT TOP (@most) SESSION_ID FROM ' + @store
          + N' WITH (READPAST, READCOMMITTEDLOCK) WHERE SESSION_ID > @after ORDER BY SESSION_ID) B';
        EXEC sp_executesql @statement, N'@most INT, @after VARCHAR(255)', @most = @batch, @after = @passed;
        IF NOT EXISTS (SELECT 1 FROM #SESSION_SEEN)
        BEGIN
          COMMIT TRANSACTION;
          BREAK;
        END;
        SELECT @passed = MAX(SESSION_ID) FROM #SESSION_SEEN;
        -- What a later row supersedes goes first, so that it cannot count again when that one is gone. What an unfinished login has left goes by its age.
        DELETE FROM #SESSION;
        SET @statement = N'INSERT INTO #SESSION SELECT X.SESSION_ID, X.SESSION_TYPE, X.TIME_CREATED, X.OPERATION
          FROM #SESSION_SEEN V INNER JOIN ' + @store + N' X WITH (READPAST, UPDLOCK, ROWLOCK) ON X.SESSION_ID = V.SESSION_ID
          WHERE ' + CHOOSE(@place, N'EXISTS (SELECT 1 FROM ' + @store + N' L
            WHERE L.SESSION_ID = X.SESSION_ID AND L.SESSION_TYPE = X.SESSION_TYPE AND L.TIME_CREATED > X.TIME_CREATED)',
          N'X.TIME_CREATED < ' + CONVERT(NVARCHAR(20), (@now_ms - @pre_session_life * 1000) * 1000000));
        EXEC sp_executesql @statement;
        EXEC JETON_SQL_TAKE @store, N'#SESSION', @row_key, @keep_backup, @taken OUTPUT;
        SET @gone = 0;
        IF @place = 1
        BEGIN
          DELETE FROM #SESSION;
          SET @statement = N'INSERT INTO #SESSION SELECT X.SESSION_ID, X.SESSION_TYPE, X.TIME_CREATED, X.OPERATION
            FROM #SESSION_SEEN V INNER JOIN ' + @store + N' X WITH (READPAST, UPDLOCK, ROWLOCK) ON X.SESSION_ID = V.SESSION_ID
            WHERE ' + @ended + N' AND (X.OPERATION = ''STORE'' OR NOT EXISTS (SELECT 1 FROM ' + @store + N' O
              WHERE O.SESSION_ID = X.SESSION_ID AND O.SESSION_TYPE = X.SESSION_TYPE AND NOT (' + REPLACE(@ended, N'X.', N'O.') + N')))';
          EXEC sp_executesql @statement;
          EXEC JETON_SQL_TAKE @store, N'#SESSION', @row_key, @keep_backup, @gone OUTPUT;
        END;
        SET @taken = @taken + @gone;
        SET @total = @total + @taken;
        IF @gone > 0
        BEGIN
          DELETE FROM #SESSION_SEEN;
          INSERT INTO #SESSION_SEEN SELECT DISTINCT SESSION_ID FROM #SESSION;
          SET @mapping_place = 1;
          WHILE @mapping_place <= 4
          BEGIN
            SET @mapping = CHOOSE(@mapping_place, N'IDN_AUTH_USER_SESSION_MAPPING', N'IDN_AUTH_SESSION_APP_INFO', N'IDN_AUTH_SESSION_META_DATA',
              N'IDN_FED_AUTH_SESSION_MAPPING');
            EXEC JETON_SQL_TAKE @mapping, N'#SESSION_SEEN', @here_only, @keep_backup, @gone OUTPUT;
            SET @mapping_place = @mapping_place + 1;
          END;
        END;
        COMMIT TRANSACTION;
        IF @taken > 0 WAITFOR DELAY @pause;
      END;
      SET @place = @place + 1;
    END;
    -- Mappings that have lost their session: noted in one run and deleted in a later one, since a session may be written after its mapping. Where there
    -- is no session at all nothing can be said: they may be in another database.
    IF @purge_sessions = 1 AND EXISTS (SELECT 1 FROM IDN_AUTH_SESSION_STORE)
    BEGIN
      DELETE X FROM JETON_SQL_ORPHAN X WHERE EXISTS (SELECT 1 FROM IDN_AUTH_SESSION_STORE S WHERE S.SESSION_ID = X.SESSION_ID);
      WHILE 1 = 1
      BEGIN
        BEGIN TRANSACTION;
        DELETE FROM #SESSION_SEEN;
        INSERT INTO #SESSION_SEEN SELECT TOP (@batch) SESSION_ID FROM JETON_SQL_ORPHAN WHERE FOUND_AT + @safe_ms < @now_ms ORDER BY SESSION_ID;
        IF @@ROWCOUNT = 0
        BEGIN
          COMMIT TRANSACTION;
          BREAK;
        END;
        SET @mapping_place = 1;
        WHILE @mapping_place <= 4
        BEGIN
          SET @mapping = CHOOSE(@mapping_place, N'IDN_AUTH_USER_SESSION_MAPPING', N'IDN_AUTH_SESSION_APP_INFO', N'IDN_AUTH_SESSION_META_DATA',
            N'IDN_FED_AUTH_SESSION_MAPPING');
          EXEC JETON_SQL_TAKE @mapping, N'#SESSION_SEEN', @here_only, @keep_backup, @gone OUTPUT;
          SET @total = @total + @gone;
          SET @mapping_place = @mapping_place + 1;
        END;
        DELETE X FROM JETON_SQL_ORPHAN X INNER JOIN #SESSION_SEEN B ON B.SESSION_ID = X.SESSION_ID;
        COMMIT TRANSACTION;
        WAITFOR DELAY @pause;
      END;
      SET @mapping_place = 1;
      WHILE @mapping_place <= 4
      BEGIN
        SET @mapping = CHOOSE(@mapping_place, N'IDN_AUTH_USER_SESSION_MAPPING', N'IDN_AUTH_SESSION_APP_INFO', N'IDN_AUTH_SESSION_META_DATA',
          N'IDN_FED_AUTH_SESSION_MAPPING');
        SET @statement = N'INSERT INTO JETON_SQL_ORPHAN (SESSION_ID, FOUND_AT) SELECT DISTINCT X.SESSION_ID, @found FROM ' + @mapping + N' X
          WHERE X.SESSION_ID IS NOT NULL AND NOT EXISTS (SELECT 1 FROM IDN_AUTH_SESSION_STORE S WHERE S.SESSION_ID = X.SESSION_ID)
            AND NOT EXISTS (SELECT 1 FROM JETON_SQL_ORPHAN O WHERE O.SESSION_ID = X.SESSION_ID)';
        IF OBJECT_ID(@mapping, N'U') IS NOT NULL EXEC sp_executesql @statement, N'@found BIGINT', @found = @now_ms;
        SET @mapping_place = @mapping_place + 1;
      END;
    END;
    EXEC JETON_SQL_NOTE 'sessions', @total;

    -- The audit, by a retention of your own.
    SET @total = 0;
    WHILE @audit_retention > 0
    BEGIN
      BEGIN TRANSACTION;
      DELETE TOP (@batch) FROM IDN_OAUTH2_ACCESS_TOKEN_AUDIT WITH (READPAST, ROWLOCK) WHERE INVALIDATED_TIME < DATEADD(DAY, -@audit_retention, @now);
      SET @gone = ROWCOUNT_BIG();
      COMMIT TRANSACTION;
      IF @gone = 0 BREAK;
      SET @total = @total + @gone;
      WAITFOR DELAY @pause;
    END;
    EXEC JETON_SQL_NOTE 'audit', @total;

    -- The registry's log, where it is in this database: of each path the newest entry stays.
    SET @total = 0;
    IF @purge_registry = 1 AND OBJECT_ID(N'REG_LOG', N'U') IS NOT NULL
    BEGIN
      INSERT INTO #NEWEST SELECT MAX(REG_LOG_ID) FROM REG_LOG GROUP BY REG_PATH, REG_TENANT_ID;
      SELECT @last_log = MAX(REG_LOG_ID) FROM #NEWEST;
      WHILE 1 = 1
      BEGIN
        BEGIN TRANSACTION;
        DELETE FROM #ENTRY;
        INSERT INTO #ENTRY SELECT TOP (@batch) REG_LOG_ID FROM REG_LOG WITH (READPAST, READCOMMITTEDLOCK)
        WHERE REG_LOG_ID > @passed_log AND REG_LOG_ID <= @last_log ORDER BY REG_LOG_ID;
        IF @@ROWCOUNT = 0
        BEGIN
          COMMIT TRANSACTION;
          BREAK;
        END;
        SELECT @passed_log = MAX(REG_LOG_ID) FROM #ENTRY;
        -- A deletion is followed by nothing, so it goes as well; but not before whoever reads the log has seen it. Its time is in the zone of WSO2.
        DELETE X FROM REG_LOG X INNER JOIN #ENTRY B ON B.REG_LOG_ID = X.REG_LOG_ID
        WHERE X.REG_PATH IS NOT NULL AND (NOT EXISTS (SELECT 1 FROM #NEWEST N WHERE N.REG_LOG_ID = X.REG_LOG_ID)
          OR (X.REG_ACTION = 7 AND X.REG_LOGGED_TIME < DATEADD(SECOND, -@registry_grace, @now)));
        SET @gone = ROWCOUNT_BIG();
        SET @total = @total + @gone;
        COMMIT TRANSACTION;
        IF @gone > 0 WAITFOR DELAY @pause;
      END;
    END;
    EXEC JETON_SQL_NOTE 'registry', @total;
    EXEC sp_releaseapplock @Resource = N'jeton.purge', @LockOwner = 'Session';
  END TRY
  BEGIN CATCH
    IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
    EXEC sp_releaseapplock @Resource = N'jeton.purge', @LockOwner = 'Session';
    THROW;
  END CATCH;
END;
GO

-- The schedule: a job of SQL Server Agent, every day at 3:00. The Agent knows no other time than the server's; what goes does not depend on it.
DECLARE @database SYSNAME = DB_NAME();
IF NOT EXISTS (SELECT 1 FROM msdb.dbo.sysjobs WHERE name = N'Jeton purge')
BEGIN
  EXEC msdb.dbo.sp_add_job @job_name = N'Jeton purge';
  EXEC msdb.dbo.sp_add_jobstep @job_name = N'Jeton purge', @step_name = N'purge', @subsystem = N'TSQL', @command = N'EXEC JETON_PURGE_SQL',
    @database_name = @database;
  EXEC msdb.dbo.sp_add_jobschedule @job_name = N'Jeton purge', @name = N'every day at 3:00', @freq_type = 4, @freq_interval = 1, @active_start_time = 030000;
  EXEC msdb.dbo.sp_add_jobserver @job_name = N'Jeton purge';
END;
GO
