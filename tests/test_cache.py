from condgan.cache import cache_folder


def test_where_it_lies(monkeypatch, tmp_path):
    monkeypatch.setenv("CONDGAN_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.setenv("CONDGAN_CACHE", "")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "condgan"
