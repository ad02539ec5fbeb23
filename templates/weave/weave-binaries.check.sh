{% if archive %}
echo {{ archive.sha256 }}
{% else %}
docker image inspect --format '{{ "{{index .RepoDigests 0}}" }}' {{ image | quote }}
{% endif %}
