# Node 24 is the current LTS line. By digest, so that two builds of a release run the same bytes; a new patch of Node is a change here:
# `docker buildx imagetools inspect node:24-bookworm-slim` prints its digest.
ARG NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY nest-cli.json rolldown.config.js tsconfig.json tsconfig.build.json ./
COPY clients/typescript clients/typescript
COPY console console
COPY embedded embedded
COPY events events
COPY projections projections
COPY src src
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM ${NODE_IMAGE}
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
WORKDIR /app
# Only the embedded store, file recordings and a development key write here; with STORE_URL, S3_BUCKET and JWT_ISSUER nothing does.
RUN install -d -o node -g node -m 0700 /data
COPY package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
VOLUME /data
EXPOSE 3000
# Alive, not ready: a store that is away is no reason to restart the app.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/run/server.js"]
