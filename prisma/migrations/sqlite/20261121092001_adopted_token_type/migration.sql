-- Which kind of token an application had at WSO2. It may have another one since.
ALTER TABLE IDN_OAUTH_CONSUMER_APPS ADD COLUMN JETON_ADOPTED_TYPE TEXT;
