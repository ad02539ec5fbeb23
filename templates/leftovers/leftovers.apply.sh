{% for unit in units %}
remove_unit {{ unit }}
{% endfor %}
rm -f{% for path in files %} {{ path }}{% endfor %}

{% for text in undo %}
{{ text.rstrip("\n") }}
{% endfor %}
