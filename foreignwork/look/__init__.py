"""The face of the house: how forms are rendered and what every page's frame needs to know. Imports no other floor."""
