-- Room in each page for the next version of its rows: a step of a grant then stays in its page and touches no index.
ALTER TABLE JETON_GRANT SET (fillfactor = 90);
