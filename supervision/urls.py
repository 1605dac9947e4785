"""Addresses of supervision: the public's, the firm's, and the desk's."""

from django.urls import path

from .views import cases, draws, firm, plans, public, registers

app_name = "supervision"
urlpatterns = [
    # everybody
    path("draws/", public.index, name="public_draws"),
    path("draws/verifier.py", public.program, name="verifier"),
    path("draws/<slug:number>/", public.draw, name="public_draw"),
    path("draws/<slug:number>/commitment.json", public.commitment, name="commitment"),
    path("draws/<slug:number>/record.json", public.record, name="record"),
    path("results/", public.results, name="public_results"),
    # the firm inspected
    path("inspections/", firm.index, name="firm"),
    path("inspections/<slug:number>/", firm.inspection, name="firm_case"),
    path("inspections/<slug:number>/papers/<int:pk>/", firm.paper, name="firm_paper"),
    path("inspections/<slug:number>/do/<slug:step>/", firm.step, name="firm_step"),
    # the desk
    path("desk/", cases.home, name="home"),
    path("desk/inspections/new/", cases.open_inspection, name="open"),
    path("desk/visits/", cases.service_visits, name="service_visits"),
    path("desk/visits/new/", cases.service_visit, name="service_visit"),
    path("desk/items/", registers.items, name="items"),
    path("desk/objects/", registers.objects, name="objects"),
    path("desk/inspectors/", registers.listed, name="inspectors"),
    path("desk/inspectors/new/", registers.enlist, name="enlist"),
    path("desk/inspectors/filing/", registers.file_register, name="file_register"),
    path("desk/inspectors/<int:pk>/", registers.inspector, name="inspector"),
    path("desk/inspectors/<int:pk>/<slug:what>/", registers.record, name="inspector_record"),
    path("desk/plans/", plans.plans, name="plans"),
    path("desk/plans/new/", plans.begin, name="plan_begin"),
    path("desk/plans/<int:pk>/", plans.plan, name="plan"),
    path("desk/plans/<int:pk>/parts/new/", plans.part, name="part_new"),
    path("desk/plans/<int:pk>/parts/<int:part>/", plans.part, name="part"),
    path("desk/plans/<int:pk>/parts/<int:part>/drop/", plans.drop_part, name="part_drop"),
    path("desk/plans/<int:pk>/submit/", plans.submit, name="plan_submit"),
    path("desk/plans/<int:pk>/approve/", plans.approve, name="plan_approve"),
    path("desk/plans/<int:pk>/back/", plans.send_back, name="plan_send_back"),
    path("desk/plans/<int:pk>/adjust/", plans.adjust, name="plan_adjust"),
    path("desk/plans/<int:pk>/report/", plans.report, name="plan_report"),
    path("desk/proposals/new/", plans.propose, name="propose"),
    path("desk/proposals/<int:pk>/", plans.answer, name="answer"),
    path("desk/draws/", draws.draws, name="draws"),
    path("desk/draws/new/<int:part>/", draws.open_draw, name="draw_open"),
    path("desk/draws/<int:pk>/", draws.draw, name="draw"),
    path("desk/draws/<int:pk>/stage/", draws.stage, name="stage"),
    path("desk/draws/<int:pk>/numbers/", draws.numbers, name="numbers"),
    path("desk/draws/<int:pk>/cancel/", draws.cancel, name="draw_cancel"),
]
