"""What Tab offers: `completion` asks `signatures` what a magic takes, and `paths` what
the app answers.
"""
