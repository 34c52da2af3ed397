# A slim image with core dependencies and the encoders of the package; nothing in it needs a network.
#   docker build -t taskscape .
#   docker run --rm --network none --user "$(id -u):$(id -g)" -v "$PWD:/data" taskscape map mine.jsonl -o map.html
FROM python:3.12-slim AS build
WORKDIR /src
COPY . .
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
    && python -m venv /opt/taskscape \
    && /opt/taskscape/bin/python -m pip install --no-cache-dir /wheels/*.whl \
    && find /opt/taskscape -name __pycache__ -prune -exec rm -rf {} +

FROM python:3.12-slim
# No system package: the wheels bring the libraries that they need.
RUN useradd --create-home --uid 10001 taskscape \
    && mkdir /data && chown taskscape /data
COPY --from=build /opt/taskscape /opt/taskscape
# The cache lies where any user may write, for the one who runs it is seldom the image's own.
ENV PATH=/opt/taskscape/bin:$PATH PYTHONDONTWRITEBYTECODE=1 TASKSCAPE_CACHE_DIR=/tmp/taskscape
USER 10001
WORKDIR /data
RUN taskscape doctor && rm -rf "$TASKSCAPE_CACHE_DIR"
ENTRYPOINT ["taskscape"]
CMD ["--help"]
