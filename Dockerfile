FROM node:24-bookworm-slim AS build
WORKDIR /opt/jeton
COPY . .
# As long as prisma and typescript are development dependencies, npm prune keeps them as optional peers of @prisma/client.
RUN npm ci && npm pkg delete devDependencies && npm prune --omit=dev --omit=peer

FROM node:24-bookworm-slim
ENV NODE_ENV=production
# What clients call the server; deployment.toml below takes it from here.
ENV JETON_ISSUER=http://localhost:9763
WORKDIR /opt/jeton
COPY --from=build /opt/jeton/package.json /opt/jeton/deployment.toml.example ./
COPY --from=build /opt/jeton/node_modules ./node_modules
COPY --from=build /opt/jeton/prisma ./prisma
COPY --from=build /opt/jeton/sql ./sql
COPY --from=build /opt/jeton/dist ./dist
# A container is reached from outside, and the TLS in front of it is not its own. Mount another file over this one to change more.
COPY <<'TOML' ./deployment.toml
[server]
hostname = "0.0.0.0"
port = 9763
behind_tls_proxy = true

[oauth]
issuer = "$env{JETON_ISSUER}"

[database.identity_db]
type = "sqlite"
name = "data/jeton.db"
TOML
RUN install --directory --owner=node --group=node --mode=0700 data
USER node
VOLUME /opt/jeton/data
EXPOSE 9763
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9763/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/main/jeton.js"]
CMD ["serve"]
