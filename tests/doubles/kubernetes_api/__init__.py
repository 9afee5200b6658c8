"""A Kubernetes API to try deployments against, where no cluster can run: a real HTTP server for real clients.

No kept library does it: ``kmock`` 0.8 answers an apply of a new object with 404 and stores dry runs, ``mockernetes``
0.1 takes the client's place instead of serving it and knows no server-side apply. What is here copies a real API server
where NeuralNav relies on it; each module names the page of the Kubernetes documentation that it follows, and answers to
some fifty requests for core kinds were held against those of kube-apiserver 1.20.2. The same tests run against a real
cluster when ``NEURALNAV_TEST_KUBECONFIG`` is set.

What it does not do: HTTPS, conversion between versions, webhooks, strategic merge patches, aggregated discovery.
"""

from tests.doubles.kubernetes_api.api import ADMIN, KubernetesApi
from tests.doubles.kubernetes_api.controllers import Controllers
from tests.doubles.kubernetes_api.fates import Fate
from tests.doubles.kubernetes_api.faults import Fault
from tests.doubles.kubernetes_api.rights import Account, Rule

__all__ = ["ADMIN", "Account", "Controllers", "Fate", "Fault", "KubernetesApi", "Rule"]
