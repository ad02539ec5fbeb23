{% if archive %}
{% if archive.url %}
not_downloaded() { fail "weaverUrl could not be downloaded from this node: "{{ archive.url | quote }}; }
{% endif %}
wrong_checksum() {
  fail "weaverSha256 is {{ archive.sha256 }}, but the file has $found: nothing was installed; check where it came from"
}
{% else %}
not_pulled() { fail "weaveImage could not be pulled on this node: "{{ image | quote }}; }
{% endif %}
