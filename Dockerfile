# The command, with fonts for Chinese and Japanese in figures:
#   docker build -t market-reaction .
#   docker run --rm -v "$PWD:/work" market-reaction run study.toml --out results
FROM python:3.13-slim-bookworm AS build

WORKDIR /source
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/eventstudy
COPY LICENSE README.md pyproject.toml hatch_build.py ./
COPY data data
COPY eventstudy eventstudy
ARG EXTRAS=excel,garch,panel,parquet,sql,word
RUN /opt/eventstudy/bin/pip install ".[${EXTRAS}]"

FROM python:3.13-slim-bookworm

# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-wqy-microhei \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 eventstudy \
    && mkdir /work \
    && chown eventstudy /work
COPY --from=build /opt/eventstudy /opt/eventstudy
ENV PATH="/opt/eventstudy/bin:${PATH}" \
    MPLCONFIGDIR=/tmp/matplotlib
USER 1000
WORKDIR /work
ENTRYPOINT ["eventstudy"]
CMD ["--help"]
