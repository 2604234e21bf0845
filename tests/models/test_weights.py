"""Weights that ship: only the right file is opened, nothing is ever unpickled, and every refusal is one sentence (T8)."""

import json
import pickle
import zipfile
from pathlib import Path

import pytest
import torch

from core.errors import InputError, UnavailableError
from models.card import CARD_FIELDS, NOT_SAVED, ModelCard, card_text, read_card
from models.weights import (
    MANIFEST,
    MOST_SHIPPED_BYTES,
    load_published,
    load_weights,
    manifest_files,
    read_manifest,
    save_weights,
    shapes_of,
    shipped_model,
    shipped_models,
    write_manifest,
)
from tests.model_samples import CARD, one_shipped_model, tensors

SHAPES = {"layer.weight": (3, 4), "layer.bias": (3,)}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    return one_shipped_model(tmp_path / "weights", monkeypatch)


class Canary:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def refused(*arguments, **options):
    with pytest.raises(UnavailableError) as caught:
        load_weights(*arguments, **options)
    assert caught.value.message.endswith(".")
    assert "\n" not in str(caught.value)
    return caught.value.message


class TestSaveAndLoad:
    @pytest.mark.usefixtures("folder")
    def test_what_was_saved_comes_back(self):
        loaded = load_weights("tiny", SHAPES)
        assert set(loaded) == set(SHAPES)
        assert all(torch.equal(loaded[name], tensor) for name, tensor in tensors().items())

    def test_the_same_weights_give_the_same_file(self, folder):
        first = (folder / "tiny.safetensors").read_bytes()
        save_weights(folder / "tiny.safetensors", dict(reversed(tensors().items())))
        assert (folder / "tiny.safetensors").read_bytes() == first

    def test_nothing_else_stays_in_the_folder(self, folder):
        assert sorted(path.name for path in folder.iterdir()) == [MANIFEST, "tiny.card.json", "tiny.safetensors"]

    def test_the_card_gets_the_hash_of_the_weights(self, folder):
        sha256 = read_manifest()["tiny.safetensors"]["sha256"]
        assert read_card(folder / "tiny.card.json").identity.sha256 == sha256 != NOT_SAVED

    def test_a_network_fits_its_own_weights(self, tmp_path):
        network = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
        path = save_weights(tmp_path / "run" / "best.safetensors", network.state_dict())
        network.load_state_dict(load_weights(path, shapes_of(network)))
        assert load_weights(str(path)).keys() == network.state_dict().keys()

    def test_tensors_that_share_memory_are_saved_apart(self, tmp_path):
        shared = torch.arange(6.0)
        path = save_weights(tmp_path / "shared.safetensors", {"a": shared, "b": shared[2:]})
        assert torch.equal(load_weights(path)["b"], torch.arange(2.0, 6.0))

    def test_weights_that_are_not_finite_are_not_saved(self, tmp_path):
        with pytest.raises(InputError, match="layer"):
            save_weights(tmp_path / "bad.safetensors", {"layer": torch.tensor([1.0, float("nan")])})
        assert list(tmp_path.iterdir()) == []

    def test_the_card_of_another_model(self, tmp_path):
        with pytest.raises(InputError, match="tiny"):
            save_weights(tmp_path / "other.safetensors", tensors(), ModelCard.model_validate(CARD))


class TestRefused:
    def test_a_missing_file(self, folder):
        assert "missing" in refused("nothing")
        assert "missing" in refused(folder / "nothing.safetensors")

    @pytest.mark.parametrize("bit", [0, 70 * 8, -1])
    def test_one_flipped_bit(self, folder, bit):
        path = folder / "tiny.safetensors"
        content = bytearray(path.read_bytes())
        content[bit // 8] ^= 1
        path.write_bytes(content)
        assert "sha256" in refused("tiny")
        assert "sha256" in shipped_models()["tiny"].problem

    def test_a_path_into_the_weights_folder_is_checked_as_well(self, folder):
        (folder / "tiny.safetensors").write_bytes((folder / "tiny.safetensors").read_bytes()[:-1] + b"?")
        assert "sha256" in refused(folder / "tiny.safetensors")

    def test_a_file_that_the_manifest_does_not_know(self, folder):
        (folder / "other.safetensors").write_bytes((folder / "tiny.safetensors").read_bytes())
        assert MANIFEST in refused("other")
        assert MANIFEST in shipped_models()["other"].problem

    @pytest.mark.parametrize("length", [0, 4, 8, 60, -1])
    def test_a_truncated_file(self, folder, tmp_path, length):
        path = tmp_path / "cut.safetensors"
        path.write_bytes((folder / "tiny.safetensors").read_bytes()[:length])
        assert "damaged" in refused(path, SHAPES)

    def test_more_behind_the_end(self, folder, tmp_path):
        path = tmp_path / "long.safetensors"
        path.write_bytes((folder / "tiny.safetensors").read_bytes() + b"more")
        assert "damaged" in refused(path)

    @pytest.mark.parametrize("protocol", [0, 2, 5])
    def test_a_pickle_is_never_unpickled(self, folder, tmp_path, protocol):
        canary, path = tmp_path / "canary", tmp_path / "model.safetensors"
        path.write_bytes(pickle.dumps(Canary(canary), protocol))
        message = refused(path)
        assert ("pickle" in message) or (protocol == 0 and "damaged" in message)
        path.rename(folder / "model.safetensors")
        write_manifest()  # not even when the manifest asks for it
        refused("model")
        assert not canary.exists()
        pickle.loads((folder / "model.safetensors").read_bytes())  # noqa: S301 - our own canary
        assert canary.exists()  # the canary sings when it is unpickled

    def test_what_torch_saves_is_never_unpickled(self, tmp_path):
        canary, path = tmp_path / "canary", tmp_path / "model.safetensors"
        torch.save({"layer.weight": Canary(canary)}, path)
        assert zipfile.is_zipfile(path)
        assert "pickle" in refused(path)
        assert not canary.exists()

    def test_another_ending(self, tmp_path):
        torch.save(tensors(), tmp_path / "model.pth")
        assert ".safetensors" in refused(tmp_path / "model.pth")

    @pytest.mark.usefixtures("folder")
    def test_a_missing_tensor(self):
        assert "head.weight is missing" in refused("tiny", {**SHAPES, "head.weight": (1,)})

    @pytest.mark.usefixtures("folder")
    def test_an_unknown_tensor(self):
        assert "layer.bias is unknown" in refused("tiny", {"layer.weight": (3, 4)})

    @pytest.mark.usefixtures("folder")
    def test_a_wrong_shape_is_named_with_both_shapes(self):
        message = refused("tiny", {**SHAPES, "layer.weight": (4, 3)})
        assert "(3, 4) instead of (4, 3)" in message

    @pytest.mark.parametrize("number", [float("nan"), float("inf")])
    def test_numbers_that_are_not_finite(self, tmp_path, number):
        import safetensors.torch

        path = tmp_path / "broken.safetensors"
        safetensors.torch.save_file({"layer": torch.tensor([0.0, number])}, path)
        assert "layer has numbers that are not finite" in refused(path)

    @pytest.mark.parametrize("text", [None, "{", "[]", '{"tiny.safetensors": {}}', '{"tiny.safetensors": 3}'])
    def test_a_broken_manifest(self, folder, text):
        if text is None:
            (folder / MANIFEST).unlink()
        else:
            (folder / MANIFEST).write_text(text, encoding="utf-8")
        assert MANIFEST in refused("tiny")
        assert MANIFEST in shipped_models()["tiny"].problem


class TestPublishedByOthers:
    """Files that torch saved: tensors only, and only those of the network."""

    def refused(self, path, expected=SHAPES):
        with pytest.raises(UnavailableError) as caught:
            load_published(path, expected)
        return caught.value.message

    @pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
    def test_weights_come_back(self, tmp_path, legacy):
        torch.save(tensors(), tmp_path / "m.pth.tar", _use_new_zipfile_serialization=not legacy)
        loaded = load_published(tmp_path / "m.pth.tar", SHAPES)
        assert all(torch.equal(loaded[name], tensor) for name, tensor in tensors().items())

    @pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
    def test_nothing_but_tensors_is_unpickled(self, tmp_path, legacy):
        canary, path = tmp_path / "canary", tmp_path / "m.pth.tar"
        torch.save({**tensors(), "more": Canary(canary)}, path, _use_new_zipfile_serialization=not legacy)
        assert "more than weights" in self.refused(path)
        assert not canary.exists()

    def test_cut_off(self, tmp_path):
        torch.save(tensors(), tmp_path / "m.pth.tar")
        content = (tmp_path / "m.pth.tar").read_bytes()
        for length in (0, 10, len(content) // 2, len(content) - 1):
            (tmp_path / "m.pth.tar").write_bytes(content[:length])
            assert "damaged" in self.refused(tmp_path / "m.pth.tar")

    def test_missing(self, tmp_path):
        assert "missing" in self.refused(tmp_path / "m.pth.tar")

    def test_no_weights(self, tmp_path):
        torch.save({"layer.weight": 3}, tmp_path / "m.pth.tar")
        assert "does not hold weights" in self.refused(tmp_path / "m.pth.tar")

    def test_of_another_network(self, tmp_path):
        torch.save(tensors(), tmp_path / "m.pth.tar")
        assert "instead of" in self.refused(tmp_path / "m.pth.tar", {**SHAPES, "layer.bias": (4,)})
        assert "missing" in self.refused(tmp_path / "m.pth.tar", {**SHAPES, "head": (4,)})


class TestShippedModels:
    def test_a_usable_one(self, folder):
        (folder / "tiny.curves.png").write_bytes(b"picture")
        write_manifest()
        model = shipped_model("tiny")
        assert model.problem is None
        assert model.card_problem is None
        assert model.card.identity.version == "1.0"
        assert [path.name for path in model.plots] == ["tiny.curves.png"]
        assert model.size == (folder / "tiny.safetensors").stat().st_size

    def test_one_that_is_missing_stays_in_the_list(self, folder):
        (folder / "tiny.safetensors").unlink()
        assert "missing" in shipped_models()["tiny"].problem

    def test_a_card_that_was_changed(self, folder):
        with (folder / "tiny.card.json").open("a", encoding="utf-8") as file:
            file.write(" ")
        model = shipped_model("tiny")
        assert model.problem is None  # the weights can be used all the same
        assert "tiny.card.json" in model.card_problem

    def test_a_card_of_other_weights(self, folder):
        save_weights(folder / "tiny.safetensors", {"other": torch.ones(2)})
        assert "other weights" in shipped_model("tiny").card_problem

    @pytest.mark.usefixtures("folder")
    def test_an_unknown_name(self):
        with pytest.raises(InputError, match="tiny"):
            shipped_model("nothing")

    def test_none_at_all(self, tmp_path):
        assert shipped_models(tmp_path) == {}


class TestCard:
    def test_twenty_fields_and_how_to_make_the_model_again(self):
        assert len(CARD_FIELDS) == 20
        assert set(ModelCard.model_fields) == {*CARD_FIELDS, "command", "seed"}

    @pytest.mark.parametrize("field", [*CARD_FIELDS, "command", "seed"])
    def test_no_field_may_be_missing(self, tmp_path, field):
        path = tmp_path / "tiny.card.json"
        path.write_text(json.dumps({name: value for name, value in CARD.items() if name != field}), encoding="utf-8")
        with pytest.raises(InputError, match=field):
            read_card(path)

    @pytest.mark.parametrize("text", ["", "  ", "-", "TODO", "n/a", "tbd.", "None"])
    @pytest.mark.parametrize(
        "field", [name for name, value in CARD.items() if isinstance(value, str) and name != "date"]
    )
    def test_no_field_may_say_nothing(self, tmp_path, field, text):
        path = tmp_path / "tiny.card.json"
        path.write_text(json.dumps({**CARD, field: text}), encoding="utf-8")
        with pytest.raises(InputError, match=field):
            read_card(path)

    @pytest.mark.parametrize("field", ["metrics", "changelog"])
    def test_no_empty_lists(self, tmp_path, field):
        path = tmp_path / "tiny.card.json"
        path.write_text(json.dumps({**CARD, field: []}), encoding="utf-8")
        with pytest.raises(InputError, match=field):
            read_card(path)

    def test_an_interval_holds_its_value(self, tmp_path):
        path = tmp_path / "tiny.card.json"
        path.write_text(json.dumps({**CARD, "metrics": [{**CARD["metrics"][0], "value": 3.0}]}), encoding="utf-8")
        with pytest.raises(InputError, match="outside"):
            read_card(path)

    def test_the_command_gives_the_seed(self, tmp_path):
        path = tmp_path / "tiny.card.json"
        path.write_text(json.dumps({**CARD, "seed": 8}), encoding="utf-8")
        with pytest.raises(InputError, match="seed"):
            read_card(path)

    def test_as_text_every_field_has_its_title(self):
        text = card_text(ModelCard.model_validate(CARD))
        assert all(title in text for title in CARD_FIELDS.values())
        assert "error: 1.5 px (1 to 2); 95 % bootstrap over people; simulated" in text
        assert CARD["command"] in text


class TestWhatShips:
    """The weights of this checkout."""

    def test_the_manifest_lists_exactly_what_is_there(self):
        assert set(read_manifest()) == {path.name for path in manifest_files()}

    def test_all_together_are_small(self):
        assert sum(entry["size"] for entry in read_manifest().values()) < MOST_SHIPPED_BYTES

    def test_every_file_belongs_to_a_model(self):
        names = set(shipped_models())
        assert all(path.name.split(".")[0] in names for path in manifest_files())

    def test_every_model_is_whole_and_has_a_complete_card(self):
        for model in shipped_models().values():
            assert model.problem is None
            assert model.card_problem is None
            assert model.card is not None
            load_weights(model.name)

    def test_one_flipped_bit_in_any_of_them_is_refused(self, tmp_path):
        for model in shipped_models().values():
            content = bytearray(model.path.read_bytes())
            content[len(content) // 2] ^= 1
            (tmp_path / model.path.name).write_bytes(content)
            (tmp_path / MANIFEST).write_bytes(model.path.with_name(MANIFEST).read_bytes())
            assert "sha256" in refused(model.name, folder=tmp_path)
