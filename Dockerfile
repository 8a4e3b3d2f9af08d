# Two images from one file: the worker (default) and, for docker-compose.yml, the S3 server of local mode.
# Debian, never Alpine: the Temporal SDK's native module is built for glibc.

FROM node:20.20.2-bookworm-slim@sha256:2cf067cfed83d5ea958367df9f966191a942351a2df77d6f0193e162b5febfc0 AS build
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

FROM golang:1.26.8-bookworm@sha256:a688600ca24f8a4d3ca77f95b0dd40704a9fc787c826660eb7ba0b641b8b175d AS build-versitygw
WORKDIR /build
COPY tools/versitygw ./
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.Version=1.8.0" -o /versitygw github.com/versity/versitygw/cmd/versitygw

FROM debian:12.11-slim@sha256:b1a741487078b369e78119849663d7f1a5341ef2768798f7b7406c4240f86aef AS s3
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
# A folder is a bucket: the volume begins with one.
RUN useradd --system --create-home s3 && mkdir -p /data/attune && chown -R s3 /data
COPY --from=build-versitygw /versitygw /usr/local/bin/versitygw
USER s3
VOLUME /data
EXPOSE 7070
ENTRYPOINT ["versitygw"]
CMD ["--port", ":7070", "posix", "/data"]

FROM node:20.20.2-bookworm-slim@sha256:2cf067cfed83d5ea958367df9f966191a942351a2df77d6f0193e162b5febfc0 AS worker
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
