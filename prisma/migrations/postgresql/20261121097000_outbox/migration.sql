-- Whose a revoked token or grant was: for receivers outside that know no grants.
ALTER TABLE JETON_REVOCATION ADD COLUMN CLIENT_ID VARCHAR(255);
ALTER TABLE JETON_REVOCATION ADD COLUMN USER_ID VARCHAR(255);

-- How far a receiver outside has been told of the log.
CREATE TABLE JETON_OUTBOX (
    NAME VARCHAR(100) NOT NULL PRIMARY KEY,
    SEQ BIGINT NOT NULL,
    LATE TEXT NOT NULL,
    FENCE BIGINT NOT NULL
);
