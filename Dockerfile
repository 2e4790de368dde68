# The app on a volume:
#   docker build -t mnist-studio .
#   docker run --rm -p 127.0.0.1:8501:8501 -v mnist-studio:/workspace mnist-studio
# The command line: add its words at the end, such as `models list`.
# On NVIDIA GPUs, with NVIDIA's container toolkit: build with `--build-arg EXTRAS=[cuda]`, run with `--gpus all`.
FROM python:3.12-slim

ARG EXTRAS=""

# The libraries, which change less often than the program, have a layer of their own.
WORKDIR /program
COPY requirements.txt constraints.txt ./
RUN pip install --no-cache-dir -r requirements.txt -c constraints.txt

COPY pyproject.toml README.md LICENSE app.py ./
COPY .streamlit .streamlit
COPY pages pages
COPY mnist_core mnist_core
RUN pip install --no-cache-dir ".${EXTRAS}" -c constraints.txt \
    && useradd --create-home --uid 1000 studio \
    && install --directory --owner=studio /workspace

USER 1000
WORKDIR /workspace
ENV MNIST_STUDIO_HOME=/workspace \
    PYTHONUNBUFFERED=1
VOLUME /workspace
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://localhost:8501/_stcore/health', timeout=4)"]
ENTRYPOINT ["mnist-studio"]
# In the container the server listens to all; who reaches it is decided where its port is published. The list of allowed
# hosts stays in force: the names of this machine.
CMD ["--no-browser", "--host", "0.0.0.0", "--port", "8501"]
