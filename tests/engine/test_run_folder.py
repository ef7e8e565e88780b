from __future__ import annotations

from coaxial.engine.run_folder import RunFolder


def test_copies_of_checkpoints_that_a_person_put_beside_them_stay_and_stop_nothing(tmp_path):
    folder = RunFolder(tmp_path)
    own = {"step-000001-sounds-good.ckpt", "step-000002 (copy).ckpt", "step-.ckpt"}
    for name in own | {f"step-{number:06}.ckpt" for number in range(1, 5)}:
        (folder.checkpoints / name).touch()
    folder.prune(2)
    assert [path.name for path in folder.numbered()] == ["step-000003.ckpt", "step-000004.ckpt"]
    assert own <= {path.name for path in folder.checkpoints.iterdir()}
