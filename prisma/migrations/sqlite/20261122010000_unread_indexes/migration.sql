-- WSO2's, which nothing here reads: every stored token would be written into them, and every purge would find it there again. Where the tables were
-- WSO2's they stay (adopt/wso2-schema.ts).
DROP INDEX IDX_TC;
DROP INDEX IDX_AT_TI_UD;
DROP INDEX IDX_AT_CKID_AU_TID_UD_TSH_TS;
DROP INDEX IDX_IOAT_UT;
DROP INDEX IDX_IOAT_TSH_TS;
DROP INDEX IDX_ATS_TID;
