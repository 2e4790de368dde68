"""The settings of federated learning: rounds of local trainings whose weights are averaged."""

from mnist_core.common import names
from mnist_core.common.language import N_
from mnist_core.config.fields import Config, field
from mnist_core.config.schema import DEVICE, SEED, FineTuneConfig, Name, Trainable


class FederateConfig(Config):
    """Improving one model on several collections of drawings, each of which stays where it is."""

    name: Name = field(
        "", "model", N_("Name"), N_("Name of the federated model. If it is empty, a name is generated."),
        max_length=names.MAX_NAME,
    )  # fmt: skip
    model: str = field(
        "", "model", N_("Model"), N_("The model to begin with. If it is empty, this is the active model.")
    )

    drawings: str = field(
        "", "data", N_("Drawings"),
        N_("File of labelled drawings with their writers: .jsonl or .jsonl.gz. Each writer is a client."),
    )  # fmt: skip
    collections: str = field(
        "", "data", N_("Collections"),
        N_("Folders of workspaces, one a line. Each collection of drawings is a client."), max_length=10_000,
    )  # fmt: skip
    held_out: float = field(
        0.3, "data", N_("Held out"), N_("Share of each client's drawings used only for testing."), gt=0, lt=1
    )

    rounds: int = field(10, "federated", N_("Rounds"), N_("Number of rounds of averaging."), ge=1, le=1000)
    local_epochs: float = field(
        5.0, "federated", N_("Local epochs"), N_("How often a client learns its drawings in one round."), gt=0, le=1000
    )
    client_share: float = field(
        1.0, "federated", N_("Client share"), N_("Share of the clients that train in a round, chosen at random."),
        gt=0, le=1,
    )  # fmt: skip
    proximal_mu: float = field(
        0.0, "federated", N_("Proximal term"),
        N_("FedProx: how strongly a client is held near the common weights. 0 is FedAvg."), ge=0, le=1000,
    )  # fmt: skip
    noise_multiplier: float = field(
        0.0, "federated", N_("Noise multiplier"),
        N_("Differential privacy: noise on the averaged weights, in units of one client's largest share. 0 is none."),
        ge=0, le=1000,
    )  # fmt: skip
    clipping_norm: float = field(
        0.5, "federated", N_("Clipping norm"),
        N_("Longest change of the weights by one client in a round. It matters with noise only."), gt=0, le=1e6,
    )  # fmt: skip
    delta: float = field(
        1e-3, "federated", N_("Delta"),
        N_("The probability for which ε need not hold: clearly below one divided by the number of clients."),
        gt=0, lt=1,
    )  # fmt: skip

    learning_rate: float = field(
        0.002, "fine_tuning", N_("Learning rate"), N_("Largest step size. The schedule scales it down."), gt=0, le=1
    )
    batch_size: int = field(
        80, "fine_tuning", N_("Batch size"), N_("Images per step: drawings and replayed digits."), ge=2, le=1024
    )
    replay: float = field(
        0.7, "fine_tuning", N_("Replay"),
        N_("Share of replayed old digits in each batch. Replay limits forgetting."), ge=0, lt=1,
    )  # fmt: skip
    augmentation_strength: float = field(
        1.0, "fine_tuning", N_("Augmentation strength"),
        N_("Strength of the random augmentation of each drawing. 1 rotates by up to 12°."), ge=0, le=3,
    )  # fmt: skip
    trainable: Trainable = field(
        "last-half", "fine_tuning", N_("Trainable"), N_("Layers that may change. The others are frozen.")
    )
    allowed_drop: float = field(
        0.2, "fine_tuning", N_("Allowed drop"),
        N_("Acceptance test: largest loss of MNIST accuracy in percentage points, with 95% confidence."),
        ge=0, le=100,
    )  # fmt: skip

    device: str = DEVICE
    seed: int = SEED

    @property
    def fine_tuning(self) -> FineTuneConfig:
        """The settings of a local training."""
        shared = set(FineTuneConfig.model_fields) & set(type(self).model_fields)
        return FineTuneConfig(**self.model_dump(include=shared))

    @property
    def folders(self) -> list[str]:
        """The folders of the collections."""
        return [line.strip() for line in self.collections.splitlines() if line.strip()]


class FederateServeConfig(FederateConfig):
    """Federated learning over a network: the server's part. Its clients have the drawings."""

    clients: int = field(
        2, "federated", N_("Number of clients"),
        N_("How many clients take part. The first round begins when all have joined."), ge=2, le=10_000,
    )  # fmt: skip
    host: str = field(
        "127.0.0.1", "machine", N_("Host"),
        N_("The address to listen at. Any other than this machine's own needs a token file."),
    )  # fmt: skip
    port: int = field(8471, "machine", N_("Port"), N_("The port to listen at."), ge=1, le=65535)
    token_file: str = field(
        "", "machine", N_("Token file"), N_("File with the tokens, one a line. A client must send one of them.")
    )
    certfile: str = field("", "machine", N_("Certificate"), N_("A certificate (PEM), to serve over HTTPS."))
    keyfile: str = field(
        "", "machine", N_("Private key"), N_("The certificate's private key, unless the certificate's file has it.")
    )
    timeout: float = field(
        600.0, "machine", N_("Timeout"), N_("Seconds that a client may take for one message."), gt=0, le=86_400
    )

    @property
    def for_clients(self) -> dict[str, object]:
        """The settings that a client trains with."""
        return self.model_dump(include=FOR_CLIENTS)


FOR_CLIENTS = {
    "rounds", "local_epochs", "proximal_mu", "noise_multiplier", "learning_rate", "batch_size", "replay",
    "augmentation_strength", "trainable", "seed",
}  # fmt: skip
"""The settings that a server sends to its clients: numbers, and which layers learn; no files, no devices."""
PLACES = {"drawings", "collections", "host", "port", "token_file", "certfile", "keyfile"}
"""The settings that name a place on the machine or in the network."""
