"""What is downloaded is what `chereme build --videos` finds: end to end, WLASL's form, drawn clips."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from chereme.catalog.identity import unique
from chereme.catalog.wlasl import Wlasl
from chereme.download.targets import targets
from chereme.run.acquire import survey
from chereme.run.settings import Asked, Build
from chereme.run.stages import build
from chereme.sources import Found, Library
from tests.download.conftest import QUICK, Fetching, write_metadata
from tests.download.server import Server, status, whole


def found(fetching: Fetching) -> dict[str, str]:
    """SHA-256 of what each entry finds, or the reason why it finds nothing."""
    matched = survey(Asked(metadata=fetching.metadata, videos=(fetching.to,))).matched
    return {
        id: sha256(what.path.read_bytes()).hexdigest() if isinstance(what, Found) else what.reason
        for id, what in matched.items()
    }


def digests(*bodies: bytes) -> list[str]:
    return [sha256(body).hexdigest() for body in bodies]


def test_a_drawn_collection_is_fetched_and_built(fetching: Fetching, server: Server, drawn: Path) -> None:
    glosses = json.loads((drawn / "metadata.json").read_text())
    ids = [instance["video_id"] for gloss in glosses[:2] for instance in gloss["instances"]]
    for id in ids:
        server.routes[f"/signs/{id}.mp4"] = whole((drawn / "videos" / f"{id}.mp4").read_bytes())
    for gloss in glosses:
        for instance in gloss["instances"]:
            instance["url"] = server.url(f"/signs/{instance['video_id']}.mp4")
    fetching.metadata.write_text(json.dumps(glosses))
    asked = replace(QUICK.choose, glosses=tuple(gloss["gloss"] for gloss in glosses[:2]))
    summary = fetching(None, choose=asked)
    assert (summary.all.here, summary.finished) == (len(ids), True)
    out = fetching.to.parent / "out"
    made = build(
        Build(metadata=fetching.metadata, videos=(fetching.to,), out=out, workers=1, only="acquire", choose=asked)
    )
    assert (made["asked"], made["found"]) == (len(ids), len(ids))


def test_one_download_for_the_entries_that_share_a_url(fetching: Fetching, server: Server, clips: list[bytes]) -> None:
    server.routes |= {"/long.mp4": whole(clips[0]), "/b.mp4": whole(clips[1])}
    instances = [("1", "/long.mp4"), ("2", "/b.mp4"), ("3", "/long.mp4"), ("4", "/long.mp4#t=3")]
    summary = fetching(instances)
    assert server.count("/long.mp4") == 1
    assert fetching.files == ["2.mp4", "long.mp4"]
    long, b = digests(clips[0], clips[1])
    assert found(fetching) == {"1": long, "2": b, "3": long, "4": long}
    assert (summary.all.urls, summary.all.entries) == (2, 4)


def test_names_that_recur_across_sites(fetching: Fetching, server: Server, clips: list[bytes]) -> None:
    """Three recordings end in book.mp4; one is shared, and one is not to be had."""
    server.routes |= {"/a/book.mp4": whole(clips[0]), "/b/book.mp4": whole(clips[1]), "/c/book.mp4": status(404)}
    fetching([("1", "/a/book.mp4"), ("2", "/a/book.mp4"), ("3", "/b/book.mp4"), ("4", "/c/book.mp4")])
    assert fetching.files == ["1.mp4", "2.mp4", "3.mp4"]
    a, b = digests(clips[0], clips[1])
    assert found(fetching) == {"1": a, "2": a, "3": b, "4": "missing_file"}
    assert (fetching.to / "1.mp4").samefile(fetching.to / "2.mp4")


def test_a_number_that_is_another_entrys_id(fetching: Fetching, server: Server, clips: list[bytes]) -> None:
    """115 URLs of WLASL end in another record's id."""
    server.routes |= {"/14326.mp4": whole(clips[0]), "/x.mp4": whole(clips[1])}
    fetching([("00001", "/14326.mp4"), ("00002", "/14326.mp4"), ("14326", "/x.mp4")])
    a, b = digests(clips[0], clips[1])
    assert found(fetching) == {"00001": a, "00002": a, "14326": b}


def test_ids_that_differ_in_case_alone(fetching: Fetching, server: Server, clips: list[bytes]) -> None:
    server.routes |= {"/x.mp4": whole(clips[0]), "/y.mp4": whole(clips[1])}
    fetching([("a", "/x.mp4"), ("A", "/y.mp4")])
    assert fetching.files == ["2/A.mp4", "a.mp4"]
    assert found(fetching) == dict(zip(("a", "A"), digests(clips[0], clips[1]), strict=True))


def test_another_dataset_with_the_same_ids_in_the_same_folder(
    fetching: Fetching, server: Server, clips: list[bytes]
) -> None:
    server.routes |= {f"/{name}.mp4": whole(clip) for name, clip in zip("abcd", clips, strict=False)}
    fetching([("1", "/a.mp4"), ("2", "/a.mp4"), ("x", "/x/a.mp4"), ("3", "/b.mp4")], retry=())
    before = {file: (fetching.to / file).read_bytes() for file in fetching.files}
    assert sorted(before) == ["1.mp4", "2.mp4", "3.mp4"]
    summary = fetching({"2": "/c.mp4", "4": "/d.mp4"})
    assert {file: (fetching.to / file).read_bytes() for file in fetching.files} == before | {"4.mp4": clips[3]}
    assert fetching.rows["/c.mp4"].reason == "name_taken"
    assert "2.mp4 is http" in fetching.rows["/c.mp4"].detail
    assert server.count("/c.mp4") == 0
    assert summary.finished
    (fetching.to / "1.mp4").unlink()
    (fetching.to / "2.mp4").unlink()
    assert fetching({"2": "/c.mp4", "4": "/d.mp4"}).fetched == 1
    assert (fetching.to / "2.mp4").read_bytes() == clips[2]


def test_a_recording_that_more_entries_share_later_is_linked(
    fetching: Fetching, server: Server, clips: list[bytes]
) -> None:
    server.routes["/a.mp4"] = whole(clips[0])
    fetching({"1": "/a.mp4"})
    assert fetching.files == ["1.mp4"]
    fetching([("1", "/a.mp4"), ("2", "/a.mp4"), ("3", "/x/a.mp4")], tries=1)
    assert fetching.files == ["1.mp4", "2.mp4"]
    assert server.count("/a.mp4") == 1
    assert found(fetching) == {"1": digests(clips[0])[0], "2": digests(clips[0])[0], "3": "missing_file"}


def test_a_table_keeps_its_paths(fetching: Fetching, server: Server, clips: list[bytes]) -> None:
    server.routes |= {"/x.mp4": whole(clips[0]), "/y.mp4": whole(clips[1])}
    table = fetching.metadata.with_suffix(".csv")
    table.write_text(f"path,gloss,url\nbook/1.mp4,book,{server.url('/x.mp4')}\ntea/1.mp4,tea,{server.url('/y.mp4')}\n")
    fetching.metadata = table
    fetching(None, dataset="csv")
    assert fetching.files == ["book/1.mp4", "tea/1.mp4"]
    matched = survey(Asked(dataset="csv", metadata=table, videos=(fetching.to,))).matched
    assert all(isinstance(what, Found) for what in matched.values())


def test_what_one_has_elsewhere_is_not_fetched(
    fetching: Fetching, server: Server, clips: list[bytes], tmp_path: Path
) -> None:
    server.routes |= {"/a.mp4": whole(clips[0]), "/b.mp4": whole(clips[1])}
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "1.mp4").write_bytes(clips[0])
    summary = fetching({"1": "/a.mp4", "2": "/b.mp4"}, videos=(archive,))
    assert (summary.elsewhere, summary.all.urls) == (1, 1)
    assert [path for path, _ in server.threads.asked] == ["/b.mp4"]


@pytest.mark.parametrize("only", ["first", "127.0.0.1"])
def test_one_source_or_host_alone(only: str, fetching: Fetching, server: Server, clips: list[bytes]) -> None:
    server.routes |= {"/a.mp4": whole(clips[0]), "/b.mp4": whole(clips[1])}
    urls = [("1", server.url("/a.mp4")), ("2", "http://elsewhere.example/b.mp4")]
    write_metadata(fetching.metadata, urls, {"1": "first", "2": "second"})
    summary = fetching(None, only=(only,))
    assert summary.all.urls == 1
    assert fetching.files == ["1.mp4"]


@pytest.mark.parametrize("lost", [0, 3], ids=["all", "two of three"])
def test_every_real_record_finds_its_own_file_or_none(lost: int, shared_data: Path, tmp_path: Path) -> None:
    """Every recording of WLASL, its key for a video; then with every third not to be had."""
    entries, _ = unique(Wlasl().read(shared_data / "wlasl" / "WLASL_v0.3_partial.json"))
    own: dict[str, str] = {}
    for i, target in enumerate(targets(entries, entries)):
        if lost and i % lost == 0:
            continue
        own |= dict.fromkeys(target.ids, target.key)
        for name in target.names:
            (tmp_path / f"{name}.mp4").write_text(target.key)
    matched = Library.open((tmp_path,)).match(entries)
    found = {id: what.path.read_text() for id, what in matched.items() if isinstance(what, Found)}
    assert len(own) > 4000
    assert found == own
