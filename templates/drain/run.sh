# apollo-drain {{ verb }} {{ node.name }}, before a change of any of these:
{% for name, digest in why.items() %}
#   {{ name }} {{ digest }}
{% endfor %}
sudo timeout --kill-after=10 {{ seconds }} {{ command }} {{ verb }} {{ node.name }} && date +%s.%N
