-- Chains the log: each batch is named at random and names the one before, so that a log that was put back and written on is noticed.
ALTER TABLE JETON_HEAD ADD COLUMN LINK TEXT;
ALTER TABLE JETON_HEAD ADD COLUMN PREVIOUS_LINK TEXT;
ALTER TABLE JETON_REVOCATION ADD COLUMN CHAIN TEXT;
