"""PyTorch's own example, `examples/mnist`: two convolutions, two dense layers; Adadelta, batches of 64, 14 epochs.

The original decodes and normalises each image through torchvision, one by one; here they are normalised beforehand, so
this is a little faster than what is published.
"""

import torch
import torch.nn.functional as F  # noqa: N812 # as everybody writes it
from torch import nn

from mnist_core.benchmarks.baselines.arguments import arguments
from mnist_core.benchmarks.baselines.stopwatch import Stopwatch


class Net(nn.Module):  # type: ignore[misc] # PyTorch need not be installed where types are checked
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, 1)
        self.conv2 = nn.Conv2d(32, 64, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(self.dropout1(x), 1)
        x = self.dropout2(F.relu(self.fc1(x)))
        return F.log_softmax(self.fc2(x), dim=1)


def main() -> None:
    data = arguments()
    torch.manual_seed(data.seed)
    x_train, x_test = (
        ((torch.from_numpy(x).float() / 255 - 0.1307) / 0.3081).unsqueeze(1) for x in (data.x_train, data.x_test)
    )
    y_train, y_test = (torch.from_numpy(y).long() for y in (data.y_train, data.y_test))
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x_train, y_train), batch_size=64, shuffle=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = Net().to(device)
    optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    watch = Stopwatch()

    def judge() -> float:
        model.eval()
        with torch.no_grad():
            logits = torch.cat([model(x.to(device)).cpu() for x in x_test.split(1000)])
            return float((logits.argmax(dim=1) == y_test).float().mean())

    for _ in range(data.epochs):
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            F.nll_loss(model(x.to(device)), y.to(device)).backward()
            optimizer.step()
        scheduler.step()
        watch.epoch(judge)
    watch.report()


if __name__ == "__main__":
    main()
