"""How a cluster is reached and who NeuralNav is there: a kubeconfig with its context, or a pod's own account."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from kubernetes import config
from kubernetes.client import Configuration
from kubernetes.client.rest import should_bypass_proxies
from urllib3.exceptions import HTTPError

from neuralnav.errors import FieldProblem, InvalidInputError, UnavailableError

IN_CLUSTER = "KUBERNETES_SERVICE_HOST"
DEFAULT_KUBECONFIG = "~/.kube/config"
TOKEN = "BearerToken"  # noqa: S105 - the setting's name


@dataclass(frozen=True)
class Credentials:
    """A cluster and an account on it. Its text never holds a token."""

    name: str
    """What the cluster is called: the context, or ``in-cluster``."""
    configuration: Configuration

    def __repr__(self) -> str:
        return f"Credentials({self.name!r})"

    @property
    def host(self) -> str:
        """The API's address."""
        return str(self.configuration.host).rstrip("/")

    @property
    def proxy(self) -> str | None:
        """The HTTP proxy on the way, if there is one."""
        proxy = self.configuration.proxy
        return None if not proxy or should_bypass_proxies(self.host, self.configuration.no_proxy or "") else str(proxy)

    def authorization(self) -> str | None:
        """The ``Authorization`` header as it is now; may ask a helper program for a new token, so it may take seconds.

        Raises:
            UnavailableError: there is no token to be had.
        """
        try:
            return self.configuration.get_api_key_with_prefix(TOKEN)
        except (config.ConfigException, OSError, ValueError, HTTPError):
            raise UnavailableError(
                f"The sign-in of the context {self.name!r} gives no token. Sign in again with the tool that made it.",
                lasting=True,
            ) from None

    def tls(self) -> ssl.SSLContext:
        """How the server is checked, and the client's certificate."""
        configured = self.configuration
        context = ssl.create_default_context(cafile=configured.ssl_ca_cert, cadata=_text(configured.ca_cert_data))
        if not configured.verify_ssl:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if configured.cert_file:
            context.load_cert_chain(configured.cert_file, configured.key_file)
        return context


def load_credentials(kubeconfig: str | None = None, context: str | None = None) -> Credentials:
    """What ``kubeconfig`` says (one file, or several with ``:`` between), else ``KUBECONFIG``, else the default file,
    else the account of the pod that this runs in.

    Raises:
        InvalidInputError: the files or the context cannot be used.
        UnavailableError: no cluster is configured.
    """
    files = kubeconfig or os.environ.get("KUBECONFIG") or _default_file()
    if files is None:
        return _of_this_pod()
    configured = Configuration()
    try:
        name = context or _current_context(files)
        config.load_kube_config(  # type: ignore[no-untyped-call]
            config_file=files, context=name, client_configuration=configured
        )
    except (config.ConfigException, yaml.YAMLError, OSError, KeyError, TypeError, ValueError) as error:
        raise InvalidInputError(
            f"The kubeconfig cannot be used ({type(error).__name__}). Check the file, its context and what they name.",
            (FieldProblem("kubeconfig", files[:200], "existing files with the context"), *_context_problem(context)),
        ) from None
    return Credentials(name, _quiet(configured))


def _current_context(files: str) -> str:
    """As kubectl has it: that of the first file that names one."""
    for path in files.split(os.pathsep):
        document = yaml.safe_load(Path(path).expanduser().read_text()) if Path(path).expanduser().is_file() else None
        if isinstance(document, dict) and document.get("current-context"):
            return str(document["current-context"])
    raise KeyError("current-context")


def _context_problem(context: str | None) -> tuple[FieldProblem, ...]:
    return () if context is None else (FieldProblem("context", context[:100], "a context of the kubeconfig"),)


def _default_file() -> str | None:
    path = Path(DEFAULT_KUBECONFIG).expanduser()
    return str(path) if path.is_file() else None


def _of_this_pod() -> Credentials:
    if IN_CLUSTER not in os.environ:
        raise UnavailableError(
            "No cluster is configured: set NEURALNAV_KUBECONFIG or KUBECONFIG to a kubeconfig file, "
            f"or put one at {DEFAULT_KUBECONFIG}.",
            lasting=True,
        )
    configured = Configuration()
    try:
        config.load_incluster_config(client_configuration=configured)  # type: ignore[no-untyped-call]
    except config.ConfigException as error:
        raise UnavailableError(f"This pod's account in the cluster cannot be used: {error}", lasting=True) from None
    return Credentials("in-cluster", _quiet(configured))


def _quiet(configured: Any) -> Configuration:
    """Without the client's own repetitions, which know nothing of what may be repeated, and without its log."""
    configured.retries = False
    configured.debug = False
    return configured  # type: ignore[no-any-return]


def _text(certificates: str | bytes | None) -> str | None:
    return certificates.decode() if isinstance(certificates, bytes) else certificates
