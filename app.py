"""The app of this notebook."""

from nbflask import Flask

app = Flask(__name__)


@app.route("/", methods=["GET"])
def home():
    return ""


@app.route("/users", methods=["GET", "POST"])
@app.route("/users/<int:n>", methods=["GET", "PUT", "PATCH", "DELETE"])
def users(n=0):
    return {"n": n}


if __name__ == "__main__":
    app.run()
