"""What people write in notebooks to look at things, and what changes them.

Python cannot tell one from the other: here is what is known of names. Whatever is not
known to only look is taken along.
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Functions that show something, or only compute a value.
LOOKING = words(
    """
    print display pprint pp help dir vars input
    len list dict set tuple sorted sum min max any all range enumerate zip
    type id repr str int float bool abs round isinstance issubclass hasattr getattr
    tqdm Markdown HTML Image JSON
    """
)

#: Functions that change what they are given.
CHANGING = words(
    """
    setattr delattr next exec shuffle put place copyto
    heapify heappush heappop heapreplace insort insort_left insort_right
    """
)

#: Methods that only look at an object, or make another of it.
LOOKING_METHODS = words(
    """
    head tail describe info sample plot hist boxplot show summary
    value_counts unique nunique corr cov mean median mode std var sum min max count
    most_common cache_info iter_rules
    any all idxmax idxmin nlargest nsmallest query groupby agg aggregate pivot_table
    items keys values copy index get split strip upper lower format join startswith
    endswith to_string to_dict to_list tolist to_numpy to_html to_json to_markdown
    to_csv to_parquet to_pickle to_excel to_feather to_hdf read_text read_bytes
    sort_values reset_index isna notna isnull dropna fillna merge apply map filter
    select round transform score predict predict_proba get_params
    debug warning error exception
    """
)

#: Methods that make another object, where nobody keeps it: with a cell's last line,
#: a person looks at that.
LOOKING_IF_SHOWN = words(
    """
    set_index reset_index assign rename drop astype pivot melt stack unstack replace
    clip rolling resample shift diff cumsum transpose duplicated drop_duplicates
    between isin
    """
)

#: Methods that change an object although their value is used, too.
CHANGING_METHODS = words(
    """
    pop popitem popleft append appendleft add insert extend update setdefault remove
    discard clear sort reverse fit fit_transform partial_fit register write send
    execute executemany executescript commit read seek put
    """
)

#: Methods that keep or read what they are given, and do not change it.
KEEPING_ARGUMENTS = words(
    """
    append appendleft add insert extend update setdefault put push
    register_blueprint add_url_rule from_object from_mapping
    fit fit_transform partial_fit write send execute executemany executescript
    """
)

#: What is taken of an object to look at it, and never to change it.
VIEWS_OF = words(
    """
    plot head tail sample describe groupby sort_values value_counts to_string to_frame
    style corr most_common
    """
)

#: Methods by which somebody is told of what happens: those of signals.
CONNECTING = words("connect connect_via")

#: What is asked of an app to try it: by its clients and contexts.
TRYING = words("test_client test_cli_runner test_request_context")

#: The same, where it is an app that is asked: many things can be run.
TRYING_APPS = words("run request_context explain")

#: Functions that serve the app that they are given.
SERVING = words("run run_simple serve make_server WSGIServer Server")

#: Modules that draw and show, whatever is called in them.
SHOWING_MODULES = words(
    """
    matplotlib.pyplot pylab seaborn plotly plotly.express plotly.graph_objects altair
    bokeh.plotting IPython IPython.display pprint timeit pdb
    """
)

#: So begin the functions of modules that set something up.
SETTING_UP = (
    *("seed", "set_", "use", "register", "basicConfig", "filterwarnings"),
    *("simplefilter", "load_dotenv", "install", "makedirs", "mkdir", "append"),
    *(
        "setdefault",
        "update",
        "pop",
        "insert",
        "setlocale",
        "download",
        "configure",
        "init",
        "manual_seed",
    ),
    *("field_size_limit", "getcontext"),
)
