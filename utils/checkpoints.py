"""Base checkpoints for scripts: `from utils.checkpoints import get_checkpoint_manager`, in this folder's parent."""

from coaxial.workflows.checkpoint_manager import (
    CheckpointManager,
    download_checkpoint,
    get_available_checkpoints,
    get_checkpoint_manager,
    get_checkpoint_path,
    is_checkpoint_downloaded,
)

__all__ = [
    "CheckpointManager",
    "download_checkpoint",
    "get_available_checkpoints",
    "get_checkpoint_manager",
    "get_checkpoint_path",
    "is_checkpoint_downloaded",
]
