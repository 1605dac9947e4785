"""The machine at home: bootstrap, embedded PostgreSQL and Valkey, and the supervisor.

Stands alone: nothing here imports Django or any other package of the house.
"""
