# Two images from one file: the worker (default) and, for docker-compose.yml, the S3 server of local mode.
# Debian, never Alpine: the Temporal SDK's native module is built for glibc.

FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/trainyard/package.json packages/trainyard/
RUN npm ci
COPY tsconfig.json ./
COPY tools ./tools
COPY src ./src
COPY packages ./packages
# The local SageMaker is built with the rest and then left behind: a worker meets AWS.
RUN npm run build && npm prune --omit=dev && rm node_modules/trainyard

FROM golang:1.26.8-bookworm AS build-versitygw
WORKDIR /build
COPY tools/versitygw ./
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.Version=1.8.0" -o /versitygw github.com/versity/versitygw/cmd/versitygw

FROM debian:12.11-slim AS s3
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
# A folder is a bucket: the volume begins with one.
RUN useradd --system --create-home s3 && mkdir -p /data/attune && chown -R s3 /data
COPY --from=build-versitygw /versitygw /usr/local/bin/versitygw
USER s3
VOLUME /data
EXPOSE 7070
ENTRYPOINT ["versitygw"]
CMD ["--port", ":7070", "posix", "/data"]

FROM node:20.20.2-bookworm-slim AS worker
# The Temporal client's TLS reads the system's certificates.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# Uploaded to S3 as they are and run inside SageMaker's containers: the worker itself needs no Python.
COPY python ./python
USER node
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["worker"]
