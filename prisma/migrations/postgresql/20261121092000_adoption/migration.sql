-- At most one row: there is one where the tables were WSO2's and have been taken over.
CREATE TABLE JETON_ADOPTION (
    ID INTEGER NOT NULL PRIMARY KEY,
    BEGAN_AT BIGINT NOT NULL,
    FINISHED_AT BIGINT,
    UNHASHED_TOKENS INTEGER NOT NULL DEFAULT 0
);
