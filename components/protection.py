"""One setting that decides whether data can be destroyed by accident."""

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True)
class Protection:
    """Whether stateful resources are protected, and everything that follows from it.

    On: Pulumi refuses to delete stateful resources, AWS deletion protection is on, final snapshots are taken,
    buckets and repositories are never emptied by force, deleted secrets and keys can be recovered for 30 days.
    Off: everything goes away with its stack, at once.
    """

    on: bool

    def stateful(self, opts: pulumi.ResourceOptions | None = None) -> pulumi.ResourceOptions:
        """Return `opts` for a resource that holds data: with Pulumi's `protect` where protection is on."""
        protected = pulumi.ResourceOptions(protect=self.on)
        return pulumi.ResourceOptions.merge(opts, protected)

    @property
    def deletion_protection(self) -> bool:
        """AWS's own deletion protection (load balancers, databases)."""
        return self.on

    @property
    def force_destroy(self) -> bool:
        """Whether buckets and repositories are emptied so that they can be deleted."""
        return not self.on

    @property
    def skip_final_snapshot(self) -> bool:
        """Whether a database goes away without a last snapshot."""
        return not self.on

    @property
    def recovery_window_days(self) -> int:
        """Days in which a deleted secret can be recovered; 0 deletes it at once."""
        return 30 if self.on else 0

    @property
    def key_deletion_window_days(self) -> int:
        """Days in which the deletion of a KMS key can be cancelled (AWS: 7 to 30)."""
        return 30 if self.on else 7
