# What python-tuf makes of repositories: one scenario a line, and what became of each of its states.
import base64, inspect, json, os, sys, tempfile

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

BASE = "https://repository.example/"
LIMIT = 512 * 1024
CONFIG = UpdaterConfig(
    root_max_length=LIMIT, timestamp_max_length=LIMIT, snapshot_max_length=LIMIT, targets_max_length=LIMIT
)
# As of version 6 it has to be said that the root on disk is the one to begin from.
BOOTSTRAP = {"bootstrap": None} if "bootstrap" in inspect.signature(Updater.__init__).parameters else {}


class Files(FetcherInterface):
    def __init__(self, files):
        self.files = files

    def _fetch(self, url):
        path = url[len(BASE) :]
        if path not in self.files:
            raise DownloadHTTPError("not there", 404)
        return iter([base64.b64decode(self.files[path])])


def update(folder, files, target):
    try:
        updater = Updater(folder, BASE, folder, BASE + "targets/", Files(files), CONFIG, **BOOTSTRAP)
        info = updater.get_targetinfo(target)
        if info is None:
            return {"why": "no such target"}
        path = os.path.join(folder, "downloaded")
        updater.download_target(info, path)
        with open(path, "rb") as file:
            return {"target": file.read().hex(), "why": ""}
    except Exception as error:
        return {"why": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    scenario = json.loads(line)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "root.json"), "wb") as file:
            file.write(base64.b64decode(scenario["root"]))
        outcomes = [update(folder, files, scenario["target"]) for files in scenario["states"]]
    print(json.dumps(outcomes))
