-- At most one row: there is one where the tables were WSO2's and have been taken over.
CREATE TABLE JETON_ADOPTION (
    ID INTEGER NOT NULL PRIMARY KEY,
    BEGAN_AT BIGINT NOT NULL,
    FINISHED_AT BIGINT,
    UNHASHED_TOKENS INTEGER NOT NULL DEFAULT 0
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 /*!80017 COLLATE utf8mb4_0900_bin */ /*M!100206 COLLATE utf8mb4_nopad_bin */;
