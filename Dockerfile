# The issuer as a container. Nobody has built this file yet; .ci/image.sh makes and starts an image without these bases.
FROM golang:1.26 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /issuer ./examples/issuer && mkdir /data && chmod 700 /data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /issuer /issuer
COPY --from=build --chown=nonroot:nonroot /data /data
# Metrics and profiles stay inside the container. To collect them, see docs/operations.md.
ENV ISSUER_DATA=/data ISSUER_ADDR=0.0.0.0:8080 ISSUER_OPS_ADDR=127.0.0.1:9464
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/issuer"]
CMD ["serve"]
