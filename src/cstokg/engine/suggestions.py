NAMES_QUERY=''
def nearest_iri(iri, names): return ''
