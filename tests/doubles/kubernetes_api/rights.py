"""Who may do what: accounts by bearer token, with rules as in a Role.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/ and, for the words of a refusal,
https://kubernetes.io/docs/reference/access-authn-authz/authorization/.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.doubles.kubernetes_api.status import StatusError


@dataclass(frozen=True)
class Action:
    """What a request wants to do; ``resource`` with its subresource, as ``pods/log``."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""


@dataclass(frozen=True)
class Rule:
    """Verbs on resources of groups; ``*`` stands for all, an empty namespace for every one."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...]
    resources: tuple[str, ...]
    namespace: str = ""

    def allows(self, action: Action) -> bool:
        return (
            bool({"*", action.verb} & set(self.verbs))
            and bool({"*", action.group} & set(self.groups))
            and bool({"*", action.resource} & set(self.resources))
            and self.namespace in ("", action.namespace)
        )


@dataclass(frozen=True)
class Account:
    """A user and their rules."""

    user: str
    rules: tuple[Rule, ...] = (Rule(("*",), ("*",), ("*",)),)

    def may(self, action: Action) -> bool:
        return any(rule.allows(action) for rule in self.rules)

    def require(self, action: Action) -> None:
        """Raise 403 unless the action is allowed."""
        if not self.may(action):
            raise forbidden(self.user, action)


def forbidden(user: str, action: Action) -> StatusError:
    plain = action.resource.partition("/")[0]
    qualified = f"{plain}.{action.group}" if action.group else plain
    name = f' "{action.name}"' if action.name else ""
    scope = f'in the namespace "{action.namespace}"' if action.namespace else "at the cluster scope"
    text = (
        f'{qualified}{name} is forbidden: User "{user}" cannot {action.verb} resource "{action.resource}" '
        f'in API group "{action.group}" {scope}'
    )
    details = {"name": action.name, "group": action.group, "kind": plain}
    return StatusError(403, "Forbidden", text, details=details)
